/* A kernel slid over an image: every output is the sum over one window. The weights may be
   edited, so the convolution is computed here; a test compares it with nnds.conv.conv2d. */
"use strict";

(window.nndsPanels ??= {})["07_conv.kernel"] = (kit, arrays) => {
  const { html, svg, text, middle, pixels, signed, written } = nnds;
  const [images, drawn, learned] = ["images", "drawn", "learned"].map((k) => arrays[k].list());
  const { pictures, names } = arrays;
  const OWN = names.length; // the student's kernel, after those drawn by hand
  let own = [[0, 0, 0], [0, 1, 0], [0, 0, 0]];
  const picture = kit.list("Image", pictures, 1);
  const kernel = kit.list(
    "Kernel",
    {
      "drawn by hand": [...names, "your own"],
      "learned from digits": learned.map((_, i) => `learned by LeNet-5, ${i + 1}`),
    },
    3,
  );
  const stride = kit.slider("Stride", { min: 1, max: 4, value: 1 });
  const padding = kit.options("Padding", ["valid", "same"]);
  const place = kit.slider("Window", { max: 675, value: 349, say: (at) => String(at + 1) });
  const SIDE = 356;
  const [input, output] = [kit.figure(SIDE, SIDE + 34), kit.figure(SIDE, SIDE + 34)];
  const weights = html("div", { class: "nnds-weights", role: "group", "aria-label": "Kernel" });
  input.after(weights);
  let across = 26; // outputs in a row of what is shown
  let fields = [];

  const chosen = () => {
    const k = kernel.value;
    const w = k < OWN ? drawn[k] : k === OWN ? own : learned[k - OWN - 1];
    return { x: images[picture.value].map((row) => row.map((v) => v / 255)), w };
  };

  /** Return where windows start and how many there are, along an axis of n pixels. */
  function windows(n, k) {
    const s = stride.value;
    if (padding.value === 0) return { before: 0, count: Math.ceil((n - k + 1) / s) };
    const count = Math.ceil(n / s);
    const zeros = Math.max((count - 1) * s + k - n, 0);
    return { before: Math.floor(zeros / 2), count }; // an odd zero goes to the end
  }

  /** Return y[p, q] = Σ x[s·p + i, s·q + j] · w[i, j], and where its windows start. */
  function convolve(x, w) {
    const [n, k, s] = [x.length, w.length, stride.value];
    const { before, count } = windows(n, k);
    const one = (p, q) => {
      let sum = 0;
      for (let i = 0; i < k; i++) {
        const row = x[s * p + i - before];
        for (let j = 0; j < k; j++) sum += (row?.[s * q + j - before] ?? 0) * w[i][j];
      }
      return sum;
    };
    const every = Array.from({ length: count });
    return { y: every.map((_, p) => every.map((_, q) => one(p, q))), before, count };
  }

  const grey = (v) => [255 * v, 255 * v, 255 * v, 255];
  const largest = (grid) => Math.max(1e-9, ...grid.flat().map(Math.abs));

  function show(box, title, grid, paint, left, top, side) {
    const address = pixels(grid.length, grid.length, (i, j) => paint(grid[i][j]));
    const frame = (name) =>
      svg("rect", { x: left, y: 34 + top, width: side, height: side, class: name });
    box.replaceChildren(
      text(SIDE / 2, 24, title, { ...middle, class: "strong" }),
      svg("image", { x: 0, y: 34, width: SIDE, height: SIDE, href: address }),
      svg("rect", { x: 0, y: 34, width: SIDE, height: SIDE, class: "thin" }),
      frame("window-edge"),
      frame("window"),
    );
  }

  const brief = (v) => (Math.abs(v - 1 / 9) < 1e-3 ? "0.111" : String(Number(v.toFixed(3))));
  const ink = (v, most) => {
    const [r, g, b] = signed(v / most);
    const dark = Math.abs(v) / most > 0.6 ? "#fff" : "#111";
    return `background: rgb(${r}, ${g}, ${b}); color: ${dark}`;
  };

  /** The weights: nine fields to edit, or the colours of a larger kernel. */
  function showWeights(w, value) {
    const [k, most] = [w.length, largest(w)];
    const total = html("p", {}, `sum of ${k * k} products = ${written(value, ".2f")}`);
    if (k === 3 && fields.length === 9) {
      fields.forEach((field, n) => {
        const v = w[Math.floor(n / 3)][n % 3];
        if (field !== document.activeElement) field.value = brief(v);
        field.style = ink(v, most);
      });
      weights.querySelector("p:last-child").replaceWith(total);
      return;
    }
    weights.style.gridTemplateColumns = `repeat(${k}, minmax(0, 1fr))`;
    const cells = w.flatMap((row, i) =>
      row.map((v, j) => {
        if (k > 3) return html("span", { style: ink(v, most) });
        const label = `weight, row ${i}, column ${j}`;
        const more = { type: "number", step: "any", "aria-label": label };
        return html("input", { ...more, value: brief(v), style: ink(v, most) });
      }),
    );
    fields = k === 3 ? cells : [];
    const what = k === 3 ? "kernel: type in it" : `kernel, ${k} × ${k}`;
    weights.replaceChildren(html("p", {}, what), ...cells, total);
  }
  weights.addEventListener("input", (event) => {
    const n = fields.indexOf(event.target);
    own = chosen().w.map((row) => [...row]);
    own[Math.floor(n / 3)][n % 3] = event.target.valueAsNumber || 0;
    kernel.value = OWN;
    kit.draw();
  });

  kit.start(() => {
    const { x, w } = chosen();
    const { y, before, count } = convolve(x, w);
    const [n, k, s] = [x.length, w.length, stride.value];
    if (count !== across) {
      // as many outputs as there are now, and the window where it was
      const [p, q] = [Math.floor(place.value / across), place.value % across];
      const same = (i) => Math.min(count - 1, Math.floor((i * count) / across));
      place.limit(count * count - 1);
      place.value = same(p) * count + same(q);
      across = count;
    }
    const [p, q] = [Math.floor(place.value / count), place.value % count];
    const [pixel, cell] = [SIDE / n, SIDE / count];
    const [top, left] = [s * p - before, s * q - before];
    const most = largest(y);
    show(input, `input, ${n} × ${n}`, x, grey, left * pixel, top * pixel, k * pixel);
    show(output, `output, ${count} × ${count}`, y, (v) => signed(v / most), q * cell, p * cell, cell);
    showWeights(w, y[p][q]);
    const outside = top < 0 || left < 0 || top + k > n || left + k > n;
    const value = written(y[p][q], ".2f");
    kit.say(
      `**${count} × ${count} outputs**. Output (${p}, ${q}) reads rows ${top} to ${top + k - 1}, ` +
        `columns ${left} to ${left + k - 1}${outside ? ", with zeros outside" : ""}: **${value}**.`,
    );
    const flat = y.flat();
    input.describe(
      `${pictures[picture.value]}, ${n} by ${n} pixels, the window of ${k} by ${k} at row ${top}, ` +
        `column ${left}.`,
    );
    output.describe(
      `The output, ${count} by ${count}, from ${written(Math.min(...flat), ".2f")} (blue) to ` +
        `${written(Math.max(...flat), ".2f")} (red), with output (${p}, ${q}) marked.`,
    );
  });

  // a finger or the mouse may point at either image instead
  for (const figure of [input, output]) {
    figure.addEventListener("pointerdown", (event) => {
      const { x, w } = chosen();
      const { before, count } = windows(x.length, w.length);
      const box = figure.getBoundingClientRect();
      const scale = box.width / SIDE;
      const at = [event.clientY - box.top - 34 * scale, event.clientX - box.left];
      const [p, q] = at.map((c) => {
        const share = c / (SIDE * scale);
        const start = share * x.length - w.length / 2 + before;
        const i = figure === output ? share * count : start / stride.value + 0.5;
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
};
