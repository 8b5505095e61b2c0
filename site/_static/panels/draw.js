/* What drawings of panels share: nodes, colours, pixels, axes with their ticks. */
"use strict";

window.nnds ??= {};
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  let made = 0;

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }
  const html = (tag, attributes = {}, ...children) =>
    fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, ...children) =>
    fill(document.createElementNS(SVG, tag), attributes, children);
  /** Fill a node with a text; parts in **stars** are strong. */
  function strong(node, text) {
    const parts = text.split("**");
    node.replaceChildren(...parts.map((part, i) => (i % 2 ? html("strong", {}, part) : part)));
    return node;
  }
  const name = () => `nnds-${++made}`;

  // Okabe & Ito, and a dash and a mark for each, for those who cannot tell colours apart
  const COLOURS = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [230, 159, 0],
    [86, 180, 233],
  ];
  const DASHES = ["", "9 6", "2 5", "12 5 2 5", "5 3", "1 4"];
  const SHAPES = [
    (r) => `M${-r},0a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0z`,
    (r) => `M${-r},${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
    (r) => `M0,${-1.2 * r}L${1.2 * r},${r}H${-1.2 * r}z`,
    (r) => `M0,${-1.3 * r}L${1.3 * r},0L0,${1.3 * r}L${-1.3 * r},0z`,
  ];
  const rgb = (c) => `rgb(${COLOURS[c % COLOURS.length]})`;

  /** Red above 0, white at 0, blue below; `v` in -1..1. */
  function signed(v) {
    const to = v > 0 ? [178, 24, 43] : [33, 102, 172];
    const t = Math.min(1, Math.abs(v));
    return [...to.map((c) => Math.round(255 + t * (c - 255))), 255];
  }
  /** From near white to dark blue; `v` in 0..1. */
  function strength(v) {
    const t = Math.max(0, Math.min(1, v));
    return [...[[247, 8], [251, 48], [255, 107]].map(([a, b]) => Math.round(a + t * (b - a))), 255];
  }

  /** A grid of [red, green, blue, alpha] as the address of an image. */
  function pixels(height, width, colour) {
    const canvas = html("canvas", { width, height });
    const context = canvas.getContext("2d");
    const image = context.createImageData(width, height);
    for (let i = 0; i < height * width; i++) {
      image.data.set(colour(Math.floor(i / width), i % width), 4 * i);
    }
    context.putImageData(image, 0, 0);
    return canvas.toDataURL();
  }

  /** A drawing of so many pixels of a slide; say what it shows with `describe`. */
  function figure({ width, height }) {
    const box = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
    box.style.flex = `${width} 1 ${Math.min(320, 0.6 * width)}px`;
    box.style.maxWidth = `${width}px`;
    box.describe = (text) => box.setAttribute("aria-label", text);
    return box;
  }

  const text = (x, y, words, more = {}) => svg("text", { x, y, ...more }, words);
  const middle = { "text-anchor": "middle" };

  /** At most `most` round numbers from low to high. */
  function ticks(low, high, most) {
    const least = (high - low) / most;
    const power = 10 ** Math.floor(Math.log10(least));
    const step = power * [1, 2, 5, 10].find((m) => m * power >= least * 0.999);
    const first = Math.ceil(low / step - 1e-6);
    const count = Math.floor(high / step + 1e-6) - first + 1;
    return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(9)));
  }
  const decades = (low, high) => {
    const [first, last] = [Math.ceil(Math.log10(low) - 1e-6), Math.floor(Math.log10(high) + 1e-6)];
    const step = Math.ceil((last - first + 1) / 5);
    const every = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    return every.filter((n) => (n - first) % step === 0).map((n) => 10 ** n);
  };
  function brief(x) {
    const size = Math.abs(x);
    if (size >= 1e6) return `${x / 1e6}M`.replace("-", "−");
    if (size >= 1e4) return `${x / 1e3}k`.replace("-", "−");
    return size && size < 1e-3 ? x.toExponential(0).replaceAll("-", "−") : nnds.written(x);
  }

  /** Axes in a figure: their frame, ticks and labels, and where a number lies.
   *  `top` pixels stay free above. */
  function axes(box, { width, height, top = 12, x, y, x_label, y_label, log }) {
    const upticks = log ? decades(...y) : ticks(...y, 5);
    const widest = Math.max(...upticks.map((v) => brief(v).length));
    const [left, foot] = [(y_label ? 40 : 8) + 13.5 * widest, height - (x_label ? 66 : 36)];
    const frame = { x: left, y: top, width: width - left - 16, height: foot - top };
    const id = name();
    box.append(svg("clipPath", { id }, svg("rect", frame)));
    const scale = log ? (v) => Math.log10(Math.max(v, 1e-300)) : (v) => v;
    const across = (v) => left + (frame.width * (v - x[0])) / (x[1] - x[0]);
    const up = (v) => {
      const share = (scale(v) - scale(y[0])) / (scale(y[1]) - scale(y[0]));
      return foot - frame.height * Math.max(-9, Math.min(9, share));
    };
    for (const v of upticks) {
      box.append(
        svg("path", { class: "grid", d: `M${left},${up(v)}h${frame.width}` }),
        text(left - 8, up(v) + 8, brief(v), { "text-anchor": "end" }),
      );
    }
    for (const v of ticks(...x, Math.min(6, Math.floor(frame.width / 85)))) {
      box.append(text(across(v), foot + 28, brief(v), middle));
    }
    if (x_label) box.append(text(left + frame.width / 2, height - 8, x_label, middle));
    if (y_label) {
      const turned = `translate(22 ${top + frame.height / 2}) rotate(-90)`;
      box.append(svg("text", { transform: turned, ...middle }, y_label));
    }
    box.append(svg("path", { class: "axis", d: `M${left},${top}v${frame.height}h${frame.width}` }));
    const inside = svg("g", { "clip-path": `url(#${id})` });
    box.append(inside);
    return { across, up, inside, frame };
  }

  /** Names with a sample of their line or mark, above a drawing, in one row. */
  function legend(box, names, { left = 16, y = 22, width, sample }) {
    let x = left;
    const size = names.reduce((n, word) => n + 11.5 * word.length + 64, 0);
    const share = Math.min(1, (width - left) / size);
    names.forEach((word, c) => {
      box.append(sample(c, x, y - 8), text(x + 40, y, word));
      x += (11.5 * word.length + 64) * share;
    });
  }

  Object.assign(window.nnds, {
    html, svg, strong, name, rgb, signed, strength, pixels, figure, text, axes, legend,
    COLOURS, DASHES, SHAPES, middle,
  });
})();
