/* A digit that moves, and what an MLP and LeNet-5 make of it. */
"use strict";

nndsPanel("conv_panels.shift", (kit, data) => {
  const { images, shifts, mlp, lenet, mlp_right: mlpRight, lenet_right: lenetRight } = data;
  const NETWORKS = [
    { name: "MLP", said: mlp, right: mlpRight },
    { name: "LeNet-5", said: lenet, right: lenetRight },
  ];
  const middle = shifts.indexOf(0);
  const way = (s) => (s === 0 ? "not moved" : `${Math.abs(s)} ${s > 0 ? "right" : "left"}`);
  const digit = kit.list("Digit", images.map((_, i) => String(i)));
  digit.value = 8;
  const shift = kit.slider("Move it, in pixels", {
    min: shifts[0],
    max: shifts.at(-1),
    value: 0,
    say: way,
  });
  const picture = kit.figure(360, 394, { share: 36, grow: 1 });
  const bars = kit.figure(560, 394, { share: 56, grow: 1.02 });
  const image = kit.svg("image", { x: 0, y: 34, width: 360, height: 360 });
  picture.append(
    kit.svg("text", { x: 180, y: 24, "text-anchor": "middle", class: "strong" }, "what they see"),
    image,
    kit.svg("rect", { x: 0, y: 34, width: 360, height: 360, class: "thin" }),
  );

  /** Return the image moved to the right, zeros coming in. */
  const moved = (x, s) => x.map((row) => row.map((_, j) => row[j - s] ?? 0));

  const [HIGH, LEFT, PITCH] = [118, 74, 48];
  const rows = NETWORKS.map(({ name }, i) => {
    const foot = 160 + 202 * i;
    const title = kit.svg("text", { x: LEFT, y: foot - HIGH - 16, class: "strong" });
    const wide = 10 * PITCH;
    bars.append(
      title,
      kit.svg("path", { class: "thin", d: `M${LEFT},${foot - HIGH}h${wide}`, "stroke-dasharray": "2 6" }),
      kit.svg("path", { class: "axis", d: `M${LEFT},${foot}h${wide}` }),
      kit.svg("text", { x: LEFT - 8, y: foot - HIGH + 7, "text-anchor": "end" }, "100\u00a0%"),
      kit.svg("text", { x: LEFT - 8, y: foot + 7, "text-anchor": "end" }, "0"),
    );
    const columns = images.map((_, c) => {
      const x = LEFT + PITCH * c + 7;
      const bar = kit.svg("rect", { x, width: PITCH - 14, class: "nnds-bar" });
      const at = { x: x + PITCH / 2 - 7, y: foot + 25, "text-anchor": "middle" };
      const label = kit.svg("text", at, String(c));
      bars.append(bar, label);
      return { bar, label };
    });
    return { name, foot, title, columns };
  });
  const largest = (p) => p.indexOf(Math.max(...p));
  const percent = (p) => `${kit.number(100 * p, 0)}\u00a0%`;

  kit.start(() => {
    const [truth, s] = [digit.value, shift.value];
    const at = middle + s;
    const x = moved(images[truth], s);
    image.setAttribute("href", kit.pixels(28, 28, (i, j) => [x[i][j], x[i][j], x[i][j], 255]));
    const told = NETWORKS.map(({ name, said, right }, i) => {
      const p = said[truth][at];
      const guess = largest(p);
      const { foot, title, columns } = rows[i];
      const good = guess === truth;
      title.textContent = `${name} reads ${guess} ${good ? "✓" : "✗"}`;
      columns.forEach(({ bar, label }, c) => {
        const height = Math.max(1, HIGH * p[c]);
        bar.setAttribute("y", foot - height);
        bar.setAttribute("height", height);
        bar.setAttribute("class", `nnds-bar ${c === truth ? "is-true" : ""}`);
        label.setAttribute("class", c === truth ? "strong" : "");
      });
      return { name, guess, good, p, right: right[at] };
    });
    const [first, second] = told;
    const where = s === 0 ? "where it was written" : `moved ${Math.abs(s)} to the ${s > 0 ? "right" : "left"}`;
    const article = truth === 8 ? "An" : "A";
    const reads = ({ name, guess, good }) => `${name} reads ${guess}, **${good ? "right" : "wrong"}**`;
    kit.say(
      `${article} ${truth} ${where}: the ${reads(first)}; ${reads(second)}. All 500 test digits${s ? " moved so" : ""}: ` +
        `MLP **${percent(first.right)}**, LeNet-5 **${percent(second.right)}** right.`,
    );
    picture.describe(`A handwritten ${truth}, ${where}.`);
    bars.describe(
      told
        .map(({ name, p }) => {
          const most = p
            .map((value, c) => [value, c])
            .sort((a, b) => b[0] - a[0])
            .slice(0, 3);
          return `${name}: ${most.map(([value, c]) => `${c} with ${percent(value)}`).join(", ")}.`;
        })
        .join(" "),
    );
  });

  return {
    image: () => moved(images[digit.value], shift.value),
    said: () => NETWORKS.map(({ said }) => said[digit.value][middle + shift.value]),
  };
});
