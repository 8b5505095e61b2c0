/* Try-it panels: finds them, hands each its numbers, and makes what they have in common.

   A panel is a `div` of class nnds-panel with data-panel="conv_panels.kernel". In it are the
   static figure, which stays when scripts are off, and on paper; and a `script` of type
   application/json: the arrays of `data_kernel` in lectures/figures/conv_panels.py.

   Its script calls nndsPanel(name, (kit, data) => values). `kit` makes controls and drawings
   (below); `values`, an object of functions, says what the panel computed, for tests. */
"use strict";

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

  /** Numbers as people write them: a real minus sign, and no -0. */
  function number(x, digits = 2) {
    if (!Number.isFinite(x)) return "∞";
    const text = x.toFixed(digits);
    return (Number(text) === 0 ? (0).toFixed(digits) : text).replace("-", "−");
  }

  /** Three significant digits; a power of ten where that is shorter. */
  function short(x) {
    if (!Number.isFinite(x)) return "∞";
    const [head, power] = x.toExponential(1).split("e");
    if (Math.abs(power) > 3) return `${head}·10${superscript(Number(power))}`;
    return number(x, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(x) || 1))));
  }
  const superscript = (n) =>
    [...String(n)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])).join("");

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

  class Kit {
    constructor(root) {
      Object.assign(this, { html, svg, number, short, pixels, root });
      this.controls = html("div", { class: "nnds-controls" });
      this.figures = html("div", { class: "nnds-figures" });
      this.result = html("p", { class: "nnds-result", "aria-live": "polite" });
      root.append(this.controls, this.figures, this.result);
      this.draw = () => {};
    }

    /** What `draw` shows follows every change of a control. */
    start(draw) {
      this.draw = draw;
      draw();
    }

    control(tag, label, control, ...more) {
      const id = `nnds-${++made}`;
      control.id = id;
      const name = html("label", { for: id }, label);
      this.controls.append(html(tag, { class: "nnds-control" }, name, ...more, control));
      control.addEventListener("input", () => this.draw());
      return control;
    }

    /** A slider. `say(value)` is what stands beside it, and what a screen reader says. */
    slider(label, { min, max, step = 1, value, say = String }) {
      const told = html("output", { "aria-live": "off" });
      const input = html("input", { type: "range", min, max, step, value });
      const tell = () => {
        told.textContent = say(input.valueAsNumber);
        input.setAttribute("aria-valuetext", told.textContent);
      };
      input.addEventListener("input", tell);
      this.control("div", label, input, told);
      told.htmlFor = input.id;
      tell();
      return {
        get value() {
          return input.valueAsNumber;
        },
        set value(x) {
          input.value = x;
          tell();
        },
        limit(max) {
          input.max = max;
          tell();
        },
      };
    }

    /** A list to choose from, of names or of groups {name: [names]}; its value an index. */
    list(label, names) {
      const option = (name) => html("option", {}, name);
      const groups = Array.isArray(names)
        ? names.map(option)
        : Object.entries(names).map(([name, inside]) =>
            html("optgroup", { label: name }, ...inside.map(option)),
          );
      const select = html("select", {}, ...groups);
      this.control("div", label, select);
      return {
        get value() {
          return select.selectedIndex;
        },
        set value(index) {
          select.selectedIndex = index;
        },
      };
    }

    /** One of two or three, all in sight; its value a name. */
    options(label, names) {
      const group = `nnds-${++made}`;
      const buttons = names.map((value) =>
        html("input", { type: "radio", name: group, value }),
      );
      buttons[0].checked = true;
      const rows = buttons.map((button) => html("label", {}, button, button.value));
      const box = html("div", { class: "nnds-options" }, ...rows);
      const legend = html("legend", {}, label);
      const field = html("fieldset", { class: "nnds-control" }, legend, box);
      field.addEventListener("input", () => this.draw());
      this.controls.append(field);
      return {
        get value() {
          return buttons.find((button) => button.checked).value;
        },
      };
    }

    /** A drawing of a `share` of the row, at most `grow` times its size; say what it shows
     *  with `describe`. */
    figure(width, height, { share = 1, grow = 1.25 } = {}) {
      const box = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
      const narrow = Math.min(320, 0.6 * width);
      box.style.flex = `${share} 1 ${narrow}px`;
      box.style.maxWidth = `${grow * width}px`;
      box.describe = (text) => box.setAttribute("aria-label", text);
      this.figures.append(box);
      return box;
    }

    /** The attribute that hides what a drawing has outside of a rectangle. */
    clip(figure, rectangle) {
      const id = `nnds-${++made}`;
      figure.append(svg("clipPath", { id }, svg("rect", rectangle)));
      return { "clip-path": `url(#${id})` };
    }

    /** The sentence that says what happened; parts in **stars** are strong. */
    say(text) {
      const parts = text.split("**");
      this.result.replaceChildren(
        ...parts.map((part, i) => (i % 2 ? html("strong", {}, part) : part)),
      );
    }
  }

  function begin(box, panel) {
    const live = html("div", { class: "nnds-live", "data-prevent-swipe": "" });
    // or reveal.js would take the arrows, and the letters of a list, to change slides
    live.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" && !event.ctrlKey && !event.metaKey) {
        event.stopPropagation();
      }
    });
    box.append(live);
    const data = JSON.parse(
      box.querySelector('script[type="application/json"]').textContent,
    );
    try {
      box.values = panel(new Kit(live), data);
      box.classList.add("is-live");
    } catch (error) {
      live.remove(); // the static figure stays
      throw error;
    }
  }

  window.nndsPanel = (name, panel) => {
    const all = () => {
      for (const box of document.querySelectorAll(".nnds-panel")) {
        if (box.dataset.panel === name) begin(box, panel);
      }
    };
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", all);
    else all();
  };
})();
