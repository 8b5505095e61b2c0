/* What panels read: packed arrays, references such as loss[rate], texts with references.

   The same in Python is site/references.py; tests compare the two. */
"use strict";

window.nnds ??= {};
(() => {
  const KINDS = {
    uint8: Uint8Array,
    int8: Int8Array,
    int16: Int16Array,
    int32: Int32Array,
    float32: Float32Array,
  };

  /** Part of an array: its shape, and where in `data` it begins. */
  class Part {
    constructor(data, shape, start = 0) {
      Object.assign(this, { data, shape, start });
      this.length = shape[0];
      this.size = shape.reduce((n, m) => n * m, 1);
    }
    at(i) {
      const rest = this.shape.slice(1);
      const step = rest.reduce((n, m) => n * m, 1);
      if (!(i >= 0 && i < this.length)) throw new RangeError(`index ${i} of ${this.shape}`);
      return rest.length ? new Part(this.data, rest, this.start + i * step) : this.data[this.start + i];
    }
    /** All numbers in a row. */
    flat() {
      return this.data.subarray(this.start, this.start + this.size);
    }
    list() {
      return Array.from({ length: this.length }, (_, i) => {
        const part = this.at(i);
        return part instanceof Part ? part.list() : part;
      });
    }
    /** The array as a whole, of which this is a part: for ranges of all positions. */
    whole() {
      return this.data;
    }
  }

  async function unpack(heads, text) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const buffer = await new Response(stream).arrayBuffer();
    const read = ({ list, kind, shape, start }) => {
      if (list !== undefined) return list;
      const size = shape.reduce((n, m) => n * m, 1);
      const data = new KINDS[kind](buffer, start, size);
      return shape.length ? new Part(data, shape) : data[0];
    };
    return Object.fromEntries(Object.entries(heads).map(([name, head]) => [name, read(head)]));
  }

  /** The value of a reference; `names` gives what a name stands for. */
  function evaluate(reference, names) {
    const tokens = reference.match(/\w+|[[\],]/g);
    let k = 0;
    function value() {
      const word = tokens[k++];
      if (/^\d+$/.test(word)) return Number(word);
      let thing = names(word);
      if (thing === undefined) throw new Error(`${reference}: there is no ${word}`);
      while (tokens[k] === "[") {
        do {
          k++; // [ or ,
          const i = value();
          thing = Array.isArray(thing) ? thing[i] : thing.at(i);
        } while (tokens[k] === ",");
        k++; // ]
      }
      return thing;
    }
    return value();
  }

  /** A number as Python formats it by `spec`, with a real minus sign. */
  function written(x, spec = "") {
    if (typeof x === "string") return x;
    if (Number.isNaN(x)) return "—";
    if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
    const [, digits, per] = spec.match(/^\.(\d+)([f%])$/) ?? [];
    let text;
    if (digits !== undefined) text = per === "%" ? `${(100 * x).toFixed(digits)}%` : x.toFixed(digits);
    else if (spec === ",") text = Math.round(x).toLocaleString("en-US");
    else if (spec === "d" || Number.isInteger(x) || Math.abs(x) >= 1000) text = x.toFixed(0);
    else text = String(Number(x.toPrecision(3)));
    if (/^-[0.]+%?$/.test(text)) text = text.slice(1);
    return text.replace("-", "−");
  }

  Object.assign(window.nnds, { Part, unpack, evaluate, written });
})();
