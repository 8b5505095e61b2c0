/* A kernel slid over an image: every output is the sum over one window. */
"use strict";

nndsPanel("conv_panels.kernel", (kit, data) => {
  const PICTURES = ["a seven", "an ankle boot", "a pullover"];
  const DRAWN = ["identity", "blur", "sharpen", "upright edges", "level edges"];
  const LEARNED = data.learned.map((_, i) => `learned by LeNet-5, ${i + 1}`);
  const picture = kit.list("Image", PICTURES);
  picture.value = 1;
  const kernel = kit.list("Kernel", { "drawn by hand": DRAWN, "learned from digits": LEARNED });
  kernel.value = 3;
  const stride = kit.slider("Stride", { min: 1, max: 4, value: 1 });
  const padding = kit.options("Padding", ["valid", "same"]);
  const place = kit.slider("Window", {
    min: 0,
    max: 675,
    value: 349,
    say: (at) => String(at + 1),
  });
  let across = 26; // outputs in a row of what is shown
  const SIDE = 360;
  const input = kit.figure(SIDE, SIDE + 34, { share: 36, grow: 1 });
  const middle = kit.figure(270, SIDE + 34, { share: 27, grow: 1 });
  const output = kit.figure(SIDE, SIDE + 34, { share: 36, grow: 1 });

  /** Return where windows start and how many there are, along an axis of n pixels. */
  function windows(n, k) {
    const s = stride.value;
    if (padding.value === "valid") return { before: 0, count: Math.ceil((n - k + 1) / s) };
    const count = Math.ceil(n / s);
    const zeros = Math.max((count - 1) * s + k - n, 0);
    return { before: Math.floor(zeros / 2), count }; // an odd zero goes to the end
  }

  /** Return y[p, q] = Σ x[s·p + i, s·q + j] · w[i, j], and the windows it was read from. */
  function convolve(x, w) {
    const [n, k, s] = [x.length, w.length, stride.value];
    const { before, count } = windows(n, k);
    const window = (p, q) =>
      w.map((row, i) => row.map((_, j) => x[s * p + i - before]?.[s * q + j - before] ?? 0));
    const sum = (patch) =>
      patch.reduce((all, row, i) => all + row.reduce((part, v, j) => part + v * w[i][j], 0), 0);
    const y = Array.from({ length: count }, (_, p) =>
      Array.from({ length: count }, (_, q) => sum(window(p, q))),
    );
    return { y, before, count, window };
  }

  const chosen = () => ({
    x: data.images[picture.value].map((row) => row.map((v) => v / 255)),
    w: [...data.drawn, ...data.learned][kernel.value],
  });

  /** Red above 0, white at 0, blue below; `v` in -1..1. */
  function colour(v) {
    const [from, to] = [[255, 255, 255], v > 0 ? [178, 24, 43] : [33, 102, 172]];
    const t = Math.min(1, Math.abs(v));
    return [...from.map((c, i) => Math.round(c + t * (to[i] - c))), 255];
  }
  const grey = (v) => [255 * v, 255 * v, 255 * v, 255];
  const largest = (grid) => Math.max(1e-9, ...grid.flat().map(Math.abs));

  function show(figure, title, grid, paint, box, frame) {
    const address = kit.pixels(grid.length, grid.length, (i, j) => paint(grid[i][j]));
    figure.replaceChildren(
      kit.svg("text", { x: SIDE / 2, y: 24, "text-anchor": "middle", class: "strong" }, title),
      kit.svg("image", { x: 0, y: 34, width: SIDE, height: SIDE, href: address }),
      kit.svg("rect", { x: 0, y: 34, width: SIDE, height: SIDE, class: "thin" }),
      ...frame,
      box("nnds-window-edge"),
      box("nnds-window"),
    );
  }
  const square = (left, top, side) => (name) =>
    kit.svg("rect", { x: left, y: 34 + top, width: side, height: side, class: name });

  /** The kernel with its weights; black on white, or white where the colour is strong. */
  function showKernel(w, value) {
    const [k, most] = [w.length, largest(w)];
    const [side, top] = [234 / k, 60];
    middle.replaceChildren(
      kit.svg("text", { x: 135, y: 44, "text-anchor": "middle", class: "strong" }, "kernel"),
    );
    w.forEach((row, i) =>
      row.forEach((v, j) => {
        const [left, up] = [18 + j * side, top + i * side];
        const strong = Math.abs(v) / most > 0.6;
        middle.append(
          kit.svg("rect", {
            x: left,
            y: up,
            width: side,
            height: side,
            class: "thin",
            style: `fill: rgb(${colour(v / most).slice(0, 3)})`,
          }),
        );
        if (k > 3) return; // too small to read from afar
        const text = v === 1 / 9 || Math.abs(v - 1 / 9) < 1e-3 ? "1/9" : kit.number(v, 0);
        middle.append(
          kit.svg(
            "text",
            {
              x: left + side / 2,
              y: up + side / 2 + 9,
              "text-anchor": "middle",
              class: "strong",
              style: `fill: ${strong ? "#fff" : "#111"}; font-size: 26px`,
            },
            text,
          ),
        );
      }),
    );
    middle.append(
      kit.svg("text", { x: 135, y: 330, "text-anchor": "middle" }, `sum of ${k * k} products`),
      kit.svg(
        "text",
        { x: 135, y: 372, "text-anchor": "middle", class: "strong", style: "font-size: 32px" },
        `= ${kit.number(value)}`,
      ),
    );
  }

  kit.start(() => {
    const { x, w } = chosen();
    const { y, before, count } = convolve(x, w);
    const [n, k, s] = [x.length, w.length, stride.value];
    if (count !== across) {
      // as many outputs as there are now, and the window where it was
      const [p, q] = [Math.floor(place.value / across), place.value % across];
      place.limit(count * count - 1);
      place.value = Math.floor((p * count) / across) * count + Math.floor((q * count) / across);
      across = count;
    }
    const [p, q] = [Math.floor(place.value / count), place.value % count];
    const [pixel, cell] = [SIDE / n, SIDE / count];
    const value = y[p][q];
    const [top, left] = [s * p - before, s * q - before];
    const most = largest(y);
    show(input, `input, ${n} × ${n}`, x, grey, square(left * pixel, top * pixel, k * pixel), []);
    show(
      output,
      `output, ${count} × ${count}`,
      y,
      (v) => colour(v / most),
      square(q * cell, p * cell, cell),
      [],
    );
    showKernel(w, value);
    const outside = top < 0 || left < 0 || top + k > n || left + k > n;
    kit.say(
      `${n} × ${n} pixels, a kernel of ${k} × ${k}, stride ${s}, padding “${padding.value}”: ` +
        `**${count} × ${count} outputs**. Output (${p}, ${q}) reads rows ${top} to ${top + k - 1}, ` +
        `columns ${left} to ${left + k - 1}${outside ? ", with zeros outside" : ""}: ` +
        `**${kit.number(value)}**.`,
    );
    const name = [...DRAWN, ...LEARNED][kernel.value];
    input.describe(
      `${PICTURES[picture.value]}, ${n} by ${n} pixels, with the window of ${k} by ${k} at row ` +
        `${top}, column ${left}.`,
    );
    middle.describe(
      `The kernel “${name}”: ${w.map((r) => r.map((v) => kit.number(v)).join(" ")).join("; ")}. ` +
        `Its sum of products with the window is ${kit.number(value)}.`,
    );
    const flat = y.flat();
    output.describe(
      `The output, ${count} by ${count}, from ${kit.number(Math.min(...flat))} (blue) to ` +
        `${kit.number(Math.max(...flat))} (red), with output (${p}, ${q}) marked.`,
    );
  });

  // a finger or the mouse may point at either image instead
  for (const figure of [input, output]) {
    figure.addEventListener("pointerdown", (event) => {
      const { x, w } = chosen();
      const { before, count } = convolve(x, w);
      const box = figure.getBoundingClientRect();
      const scale = box.width / SIDE;
      const at = [event.clientY - box.top - 34 * scale, event.clientX - box.left];
      const [p, q] = at.map((c) => {
        const share = c / (SIDE * scale);
        const i =
          figure === output
            ? share * count
            : (share * x.length - w.length / 2 + before) / stride.value + 0.5;
        return Math.max(0, Math.min(count - 1, Math.floor(i)));
      });
      place.value = p * count + q;
      kit.draw();
    });
  }

  return {
    output: () => {
      const { x, w } = chosen();
      return convolve(x, w).y;
    },
  };
});
