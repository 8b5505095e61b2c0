/* What an MLP says everywhere: a hidden unit adds one line at which the region bends. */
"use strict";

nndsPanel("dense_panels.region", (kit, data) => {
  const NAMES = ["Adelie", "Chinstrap", "Gentoo"];
  const COLOURS = [[0, 114, 178], [230, 159, 0], [0, 158, 115]];
  const { widths, epochs, x, y, new_x: newX, new_y: newY, mean, std } = data;
  kit.root.classList.add("nnds-side");
  const width = kit.slider("Hidden units", {
    min: 0,
    max: widths.length - 1,
    value: 0,
    say: (i) => String(widths[i]),
  });
  const epoch = kit.slider("Training steps", {
    min: 0,
    max: epochs.length - 1,
    value: epochs.length - 1,
    say: (i) => String(epochs[i]),
  });
  const map = kit.figure(560, 410, { grow: 1.3 });

  /** Return the function from two measures to scores, and its hidden units. */
  function network() {
    const k = widths[width.value];
    const row = data[`width_${k}`][epoch.value];
    const part = (start, size) => row.slice(start, start + size);
    const [w1, b1] = [part(0, 2 * k), part(2 * k, k)];
    const [w2, b2] = [part(3 * k, 3 * k), part(6 * k, 3)];
    const scores = (p, q) => {
      const [zp, zq] = [(p - mean[0]) / std[0], (q - mean[1]) / std[1]];
      const out = [...b2];
      for (let i = 0; i < k; i++) {
        const h = zp * w1[i] + zq * w1[k + i] + b1[i];
        if (h > 0) for (let c = 0; c < 3; c++) out[c] += h * w2[3 * i + c];
      }
      return out;
    };
    return { k, w1, b1, scores };
  }
  const best = (s) => (s[0] >= s[1] && s[0] >= s[2] ? 0 : s[1] >= s[2] ? 1 : 2);

  // the map: bill length across, body mass up
  const [LEFT, TOP, WIDE, HIGH] = [60, 34, 490, 310];
  const span = (i) => {
    const all = x.map((row) => row[i]);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    return [low - 0.06 * (high - low), high + 0.06 * (high - low)];
  };
  const [[x0, x1], [y0, y1]] = [span(0), span(1)];
  const across = (p) => LEFT + (WIDE * (p - x0)) / (x1 - x0);
  const up = (q) => TOP + HIGH - (HIGH * (q - y0)) / (y1 - y0);
  const [COLUMNS, ROWS] = [400, 253];

  /** Return the class at the middle of each cell of a grid over the map, row by row. */
  function regions(scores) {
    const classes = new Uint8Array(COLUMNS * ROWS);
    for (let i = 0; i < ROWS; i++) {
      const q = y1 - ((i + 0.5) / ROWS) * (y1 - y0);
      for (let j = 0; j < COLUMNS; j++) {
        const p = x0 + ((j + 0.5) / COLUMNS) * (x1 - x0);
        classes[i * COLUMNS + j] = best(scores(p, q));
      }
    }
    return classes;
  }

  const frame = { x: LEFT, y: TOP, width: WIDE, height: HIGH };
  const inside = kit.clip(map, frame);
  const picture = kit.svg("image", { ...frame, preserveAspectRatio: "none" });
  const creases = kit.svg("g", inside);
  const points = kit.svg("g");
  const shape = { 0: (r) => `M${-r},0a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0z` };
  shape[1] = (r) => `M${-r},${-r}h${2 * r}v${2 * r}h${-2 * r}z`;
  shape[2] = (r) => `M0,${-1.2 * r}L${1.2 * r},${r}H${-1.2 * r}z`;
  const mark = (c, left, top, r) =>
    kit.svg("path", {
      d: shape[c](r),
      transform: `translate(${left} ${top})`,
      class: "nnds-mark",
      fill: `rgb(${COLOURS[c]})`,
    });
  points.append(...x.map(([p, q], i) => mark(y[i], across(p), up(q), 4.5)));
  map.append(picture, creases, points, kit.svg("rect", { class: "axis", ...frame }));
  NAMES.forEach((name, c) => {
    const left = LEFT + 10 + c * 165;
    map.append(mark(c, left, 16, 8), kit.svg("text", { x: left + 16, y: 24 }, name));
  });
  for (const p of [35, 40, 45, 50, 55]) {
    map.append(kit.svg("text", { x: across(p), y: 370, "text-anchor": "middle" }, String(p)));
  }
  for (const q of [3000, 4000, 5000, 6000]) {
    map.append(kit.svg("text", { x: 52, y: up(q) + 8, "text-anchor": "end" }, String(q / 1000)));
  }
  map.append(
    kit.svg("text", { x: LEFT + WIDE / 2, y: 402, "text-anchor": "middle" }, "bill length (mm)"),
    kit.svg(
      "text",
      { transform: `translate(20 ${TOP + HIGH / 2}) rotate(-90)`, "text-anchor": "middle" },
      "body mass (kg)",
    ),
  );

  /** Draw where each hidden unit switches on: z·w + b = 0. */
  function drawCreases({ k, w1, b1 }) {
    creases.replaceChildren();
    for (let i = 0; i < k; i++) {
      const [a, b] = [w1[i] / std[0], w1[k + i] / std[1]];
      const c = b1[i] - a * mean[0] - b * mean[1];
      // from edge to edge, along the axis in which the line is longer on the drawing
      const flat = Math.abs(a * (x1 - x0)) < Math.abs(b * (y1 - y0));
      const ends = flat
        ? [x0, x1].map((p) => [p, -(c + a * p) / b])
        : [y0, y1].map((q) => [-(c + b * q) / a, q]);
      const [[p1, q1], [p2, q2]] = ends;
      if (![p1, q1, p2, q2].every(Number.isFinite)) continue;
      creases.append(
        kit.svg("line", { x1: across(p1), y1: up(q1), x2: across(p2), y2: up(q2), class: "nnds-crease" }),
      );
    }
  }

  const right = (scores, xs, ys) => xs.filter(([p, q], i) => best(scores(p, q)) === ys[i]).length;

  kit.start(() => {
    const net = network();
    const classes = regions(net.scores);
    const at = (i, j) => classes[Math.min(i, ROWS - 1) * COLUMNS + Math.min(j, COLUMNS - 1)];
    const image = kit.pixels(ROWS, COLUMNS, (i, j) => {
      const c = at(i, j);
      const edge = c !== at(i + 1, j) || c !== at(i, j + 1);
      return edge ? [118, 118, 118, 255] : [...COLOURS[c], 95];
    });
    picture.setAttribute("href", image);
    drawCreases(net);
    const seen = right(net.scores, x, y);
    const fresh = right(net.scores, newX, newY);
    const percent = (n, of) => `${kit.number((100 * n) / of, 1)}\u00a0%`;
    const units = `${net.k} hidden unit${net.k > 1 ? "s" : ""}`;
    kit.say(
      `${units}, ${epochs[epoch.value]} training steps. Right: **${percent(seen, x.length)}** of ` +
        `the penguins it learned from, **${percent(fresh, newX.length)}** of new ones. ` +
        `Dashed: where a unit switches on.`,
    );
    const share = NAMES.map((name, c) => {
      const area = classes.reduce((n, k) => n + (k === c), 0);
      return `${name} ${percent(area, classes.length)}`;
    });
    map.describe(
      `${x.length} penguins by bill length and body mass, and the class that a network of ` +
        `${units} gives everywhere. Share of the area: ${share.join(", ")}.`,
    );
  });

  return {
    accuracy: () => {
      const { scores } = network();
      return [right(scores, x, y) / x.length, right(scores, newX, newY) / newX.length];
    },
    scores: (p, q) => network().scores(p, q),
  };
});
