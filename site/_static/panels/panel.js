/* Try-it panels: finds them, unpacks their arrays, makes controls, and shows their views.

   A panel is a `div` of class nnds-panel; in it are a sentence for readers without scripts
   and a `script` of type application/json, its declaration (nnds/plot/panel.py).
   A lecture's own script sets window.nndsPanels["07_conv.kernel"] = (kit, arrays) => values. */
"use strict";

(() => {
  const { html, strong, name: id } = nnds;

  class Kit {
    constructor(root) {
      this.root = root;
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

    control(label, control, ...more) {
      control.id = id();
      const name = html("label", { for: control.id }, label);
      this.controls.append(html("div", { class: "nnds-control" }, name, ...more, control));
      control.addEventListener("input", () => this.draw());
      return control;
    }

    /** A slider. `say(value)` stands beside it, and is what a screen reader says. */
    slider(label, { min = 0, max, step = 1, value, say = String }) {
      const told = html("output", { "aria-live": "off" });
      const input = html("input", { type: "range", min, max, step, value });
      const tell = () => {
        told.textContent = say(input.valueAsNumber);
        input.setAttribute("aria-valuetext", told.textContent);
      };
      input.addEventListener("input", tell);
      this.control(label, input, told);
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
        limit(most) {
          input.max = most;
          tell();
        },
      };
    }

    /** A list of names or of groups {name: [names]}; its value an index. */
    list(label, names, value = 0) {
      const option = (name) => html("option", {}, String(name));
      const groups = Array.isArray(names)
        ? names.map(option)
        : Object.entries(names).map(([name, inside]) =>
            html("optgroup", { label: name }, ...inside.map(option)),
          );
      const select = html("select", {}, ...groups);
      select.selectedIndex = value;
      this.control(label, select);
      return {
        get value() {
          return select.selectedIndex;
        },
        set value(index) {
          select.selectedIndex = index;
        },
      };
    }

    /** One of a few, all in sight; its value an index. */
    options(label, names, value = 0) {
      const group = id();
      const buttons = names.map((name) =>
        html("input", { type: "radio", name: group, value: name }),
      );
      buttons[value].checked = true;
      const rows = buttons.map((button, i) => html("label", {}, button, String(names[i])));
      const field = html(
        "fieldset",
        { class: "nnds-control nnds-few" },
        html("legend", {}, label),
        html("div", { class: "nnds-options" }, ...rows),
      );
      field.addEventListener("input", () => this.draw());
      this.controls.append(field);
      return {
        get value() {
          return buttons.findIndex((button) => button.checked);
        },
        set value(index) {
          buttons[index].checked = true;
        },
      };
    }

    /** A drawing of a share of the row, for scripts of lectures. */
    figure(width, height) {
      const box = nnds.figure({ width, height });
      this.figures.append(box);
      return box;
    }

    /** The sentence that says what happened; parts in **stars** are strong. */
    say(text) {
      strong(this.result, text);
    }
  }

  /** Labels of a control's positions. */
  const labels = ({ kind, steps, options }) =>
    (kind === "slider" ? steps : Array.isArray(options) ? options : Object.values(options).flat()).map(
      String,
    );

  function control(kit, spec) {
    const names = labels(spec);
    if (spec.kind === "slider") {
      const say = (i) => names[i];
      return kit.slider(spec.label, { max: names.length - 1, value: spec.start, say });
    }
    const letters = names.every((name) => name.length < 3) && names.length <= 10;
    const few = Array.isArray(spec.options) && (names.length <= 4 || letters);
    return few
      ? kit.options(spec.label, names, spec.start)
      : kit.list(spec.label, spec.options, spec.start);
  }

  /** Buttons for the options of a question, and what becomes of a guess. */
  function guessing(kit, spec, read, say, changed) {
    const told = html("p", { class: "nnds-told", "aria-live": "polite" });
    const buttons = spec.options.map((option) => html("button", { type: "button" }, option));
    const box = html(
      "div",
      { class: "nnds-guess", role: "group", "aria-label": spec.question },
      html("span", { class: "nnds-question" }, spec.question),
      ...buttons,
    );
    kit.controls.after(box);
    kit.result.before(told);
    const state = { guess: null, solved: false };
    function show() {
      const right = read(spec.answer);
      state.solved = state.guess === right;
      buttons.forEach((button, i) => {
        const chosen = i === state.guess;
        button.setAttribute("aria-pressed", chosen);
        button.className = chosen ? (state.solved ? "right" : "wrong") : "";
      });
      const verdict = state.solved ? "✓ **Right.**" : "✗ **No.**";
      strong(told, state.guess === null ? "" : `${verdict} ${say(spec.because)}`);
    }
    buttons.forEach((button, i) =>
      button.addEventListener("click", () => {
        state.guess = i;
        changed();
      }),
    );
    return { state, show };
  }

  /** Show what a declaration says. */
  function declared(kit, spec, arrays) {
    const at = Object.fromEntries(spec.controls.map((one) => [one.name, control(kit, one)]));
    const named = Object.fromEntries(spec.controls.map((one) => [one.name, labels(one)]));
    let guess = null;
    const names = (word) => {
      if (word === "guess" && guess) return guess.state.guess;
      return word in at ? at[word].value : arrays[word];
    };
    const read = (reference) => nnds.evaluate(reference, names);
    const say = (text) =>
      text.replace(/\{([^{}:]+)(?::([^{}]*))?\}/g, (_, reference, form) =>
        reference in at ? named[reference][at[reference].value] : nnds.written(read(reference), form),
      );
    const whole = (reference) => arrays[reference.match(/\w+/)[0]].whole();
    const tools = { read, say, whole };
    if (spec.side) kit.root.classList.add("nnds-side");
    const make = (view) => {
      const made = nnds.views[view.kind](view, tools);
      kit.figures.append(made.node);
      return made;
    };
    const views = spec.views.map(make);
    const evidence = (spec.guess?.evidence ?? []).map(make);
    const show = () => {
      guess?.show();
      const open = !guess || guess.state.solved;
      for (const view of views) view.show();
      for (const view of evidence) {
        view.node.style.display = open ? "" : "none";
        if (open) view.show();
      }
      kit.say(open ? say(spec.say) : "");
    };
    if (spec.guess) {
      guess = guessing(kit, spec.guess, read, say, show);
      kit.controls.addEventListener("input", () => {
        guess.state.guess = null; // another case, a new guess
        show();
      });
    }
    kit.start(show);
    return { read, say };
  }

  async function begin(box) {
    const spec = JSON.parse(box.querySelector('script[type="application/json"]').textContent);
    const arrays = await nnds.unpack(spec.heads, spec.data);
    const live = html("div", { class: "nnds-live", "data-prevent-swipe": "" });
    // or reveal.js would take the arrows, and the letters of a list, to change slides
    live.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" && !event.ctrlKey && !event.metaKey) event.stopPropagation();
    });
    box.append(live);
    const script = window.nndsPanels?.[box.dataset.panel];
    try {
      const kit = new Kit(live);
      box.values = script ? script(kit, arrays) : declared(kit, spec, arrays);
      box.classList.add("is-live");
    } catch (error) {
      live.remove(); // the sentence stays
      box.classList.add("failed");
      throw error;
    }
  }

  addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll(".nnds-panel")) begin(box);
  });
})();
