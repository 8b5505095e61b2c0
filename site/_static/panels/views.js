/* The views of panels: each draws its declaration, for the positions that `read` knows.

   A view is (spec, kit) => { node, show }; kit.read(reference) gives a value, kit.say(text)
   a text with its references filled in, kit.whole(reference) all numbers of an array. */
"use strict";

window.nnds ??= {};
(() => {
  const { svg, html, strong, text, middle, figure, axes, legend, pixels, written } = nnds;
  const { rgb, signed, strength, COLOURS, DASHES, SHAPES } = nnds;
  const numbers = (part) => Array.from(part.flat());

  /** From the least to the largest finite number, a little wider. */
  function range(values, { log = false, zero = false } = {}) {
    let [low, high] = [Infinity, -Infinity];
    for (const v of values) {
      if (!Number.isFinite(v) || (log && v <= 0)) continue;
      [low, high] = [Math.min(low, v), Math.max(high, v)];
    }
    if (low > high) [low, high] = [0, 1];
    if (log) return [low / 1.2, high * 1.2];
    if (zero) [low, high] = [Math.min(0, low), Math.max(0, high)];
    const more = (high - low || 1) * 0.04;
    return [zero && low === 0 ? 0 : low - more, zero && high === 0 ? 0 : high + more];
  }

  function heading(box, spec, kit) {
    if (!spec.title) return 0;
    box.append(text(spec.width / 2, 24, kit.say(spec.title), { ...middle, class: "strong" }));
    return 36;
  }

  /** A view that is drawn anew for every position. */
  const drawing = (draw) => (spec, kit) => {
    const node = figure(spec);
    const show = () => {
      node.replaceChildren();
      const told = draw(node, spec, kit, heading(node, spec, kit));
      node.describe(spec.alt ? kit.say(spec.alt) : `${kit.say(spec.title)} ${told}`.trim());
    };
    return { node, show };
  };

  const images = drawing((box, spec, kit, top) => {
    const [gap, n] = [16, spec.images.length];
    const head = spec.titles.length ? 34 : 0;
    const [w, h] = [(spec.width - gap * (n - 1)) / n, spec.height - top - head];
    const told = spec.images.map((reference, k) => {
      const image = kit.read(reference);
      const [rows, columns, depth = 1] = image.shape;
      const data = image.flat();
      const most = spec.signed
        ? data.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-9)
        : spec.top;
      const shade = (i, j) => {
        const at = (i * columns + j) * depth;
        if (spec.signed) return signed(data[at] / most);
        const parts = depth === 3 ? [0, 1, 2] : [0, 0, 0];
        return [...parts.map((c) => (255 * data[at + c]) / most), 255];
      };
      const scale = Math.min(w / columns, h / rows);
      const [width, height] = [columns * scale, rows * scale];
      const place = { x: k * (w + gap) + (w - width) / 2, y: top + head, width, height };
      box.append(
        svg("image", { ...place, href: pixels(rows, columns, shade) }),
        svg("rect", { ...place, class: "thin" }),
      );
      const title = spec.titles[k] ? kit.say(spec.titles[k]) : "";
      if (title) box.append(text(place.x + width / 2, top + 24, title, middle));
      return title || `an image of ${rows} by ${columns}`;
    });
    return `${told.join(", ")}.`;
  });

  const lines = drawing((box, spec, kit, top) => {
    const names = Object.keys(spec.curves);
    const curves = names.map((name) => numbers(kit.read(spec.curves[name])));
    const xs = spec.x ? numbers(kit.read(spec.x)) : curves[0].map((_, i) => i);
    const all = names.flatMap((name) => Array.from(kit.whole(spec.curves[name])));
    const y = spec.y_range ?? range(all, { log: spec.log });
    const x = spec.x_range ?? [Math.min(...xs), Math.max(...xs)];
    const head = top + (names.length > 1 ? 44 : 12);
    const { across, up, inside, frame } = axes(box, { ...spec, top: head, x, y });
    if (names.length > 1) {
      const sample = (c, left, high) =>
        svg("path", {
          class: "curve",
          d: `M${left},${high}h34`,
          stroke: rgb(c),
          "stroke-dasharray": DASHES[c % 6],
        });
      legend(box, names, { left: frame.x, y: top + 22, width: spec.width, sample });
    }
    const end = spec.until ? kit.read(spec.until) : xs.length - 1;
    const told = curves.map((curve, c) => {
      let [pen, d] = ["M", ""];
      for (let i = 0; i <= end && i < curve.length; i++) {
        const shown = Number.isFinite(curve[i]);
        if (shown) d += `${pen}${across(xs[i]).toFixed(1)},${up(curve[i]).toFixed(1)}`;
        pen = shown ? "L" : "M";
      }
      const more = { stroke: rgb(c), "stroke-dasharray": DASHES[c % 6] };
      inside.append(svg("path", { class: "curve", d, ...more }));
      const last = Math.min(end, curve.length - 1);
      inside.append(
        svg("circle", { cx: across(xs[last]), cy: up(curve[last]), r: 6, fill: rgb(c) }),
      );
      return `${names[c]} from ${written(curve[0])} to ${written(curve[last])}`;
    });
    if (spec.mark) {
      const at = across(kit.read(spec.mark));
      inside.append(svg("path", { class: "mark", d: `M${at},${frame.y}v${frame.height}` }));
    }
    return `${told.join("; ")}.`;
  });

  const bars = drawing((box, spec, kit, top) => {
    const names = Object.keys(spec.rows);
    const values = names.map((name) => numbers(kit.read(spec.rows[name])));
    const most = spec.top ?? Math.max(...names.flatMap((n) => Array.from(kit.whole(spec.rows[n]))));
    const right = spec.right ? kit.read(spec.right) : -1;
    const pitch = (spec.height - top) / names.length;
    const limit = written(most, spec.spec);
    const left = 24 + 13 * limit.length;
    const wide = (spec.width - left) / spec.labels.length;
    return values
      .map((row, r) => {
        const foot = top + pitch * (r + 1) - 34;
        const high = pitch - 34 - 46;
        const title = kit.say(names[r]);
        box.append(
          text(left, foot - high - 18, title, { class: "strong" }),
          svg("path", { class: "grid", d: `M${left},${foot - high}h${spec.width - left}` }),
          text(left - 8, foot - high + 8, limit, { "text-anchor": "end" }),
          text(left - 8, foot + 8, "0", { "text-anchor": "end" }),
        );
        row.forEach((v, c) => {
          const [x, height] = [left + c * wide + wide * 0.14, Math.max(1, (high * v) / most)];
          const kind = `bar ${c === right ? "right" : ""}`;
          box.append(
            svg("rect", { x, y: foot - height, width: wide * 0.72, height, class: kind }),
            text(left + (c + 0.5) * wide, foot + 28, spec.labels[c], {
              ...middle,
              class: c === right ? "strong" : "",
            }),
          );
        });
        box.append(svg("path", { class: "axis", d: `M${left},${foot}h${spec.width - left}` }));
        const largest = row
          .map((v, c) => [v, c])
          .sort((a, b) => b[0] - a[0])
          .slice(0, 3);
        const read = largest.map(([v, c]) => `${spec.labels[c]} with ${written(v, spec.spec)}`);
        return `${title}: ${read.join(", ")}.`;
      })
      .join(" ");
  });

  const heat = drawing((box, spec, kit, top) => {
    const matrix = kit.read(spec.values);
    const [n, m] = matrix.shape;
    const data = numbers(matrix);
    const all = Array.from(kit.whole(spec.values)).filter(Number.isFinite);
    const most = all.reduce((a, v) => Math.max(a, Math.abs(v)), 1e-9);
    const paint = (v) => (spec.signed ? signed(v / most) : strength(v / most));
    const left = spec.rows.length ? 10 + 12.5 * Math.max(...spec.rows.map((r) => `${r}`.length)) : 0;
    const head = top + (spec.columns.length ? 32 : 0);
    const [w, h] = [(spec.width - left) / m, (spec.height - head) / n];
    const place = { x: left, y: head, width: w * m, height: h * n, preserveAspectRatio: "none" };
    box.append(
      svg("image", { ...place, href: pixels(n, m, (i, j) => paint(data[i * m + j])) }),
      svg("rect", { class: "thin", x: left, y: head, width: w * m, height: h * n }),
    );
    spec.rows.forEach((row, i) =>
      box.append(text(left - 8, head + h * (i + 0.5) + 8, row, { "text-anchor": "end" })),
    );
    spec.columns.forEach((column, j) =>
      box.append(text(left + w * (j + 0.5), head - 8, column, middle)),
    );
    if (n * m <= 64 && w > 60) {
      data.forEach((v, k) => {
        const [i, j] = [Math.floor(k / m), k % m];
        const dark = Math.abs(v) / most > 0.55;
        const ink = { ...middle, style: `fill: ${dark ? "#fff" : "#111"}` };
        box.append(
          text(left + w * (j + 0.5), head + h * (i + 0.5) + 8, written(v, spec.spec), ink),
        );
      });
    }
    const large = data.indexOf(Math.max(...data));
    const [i, j] = [Math.floor(large / m), large % m];
    const where = `${spec.rows[i] ?? `row ${i}`}, ${spec.columns[j] ?? `column ${j}`}`;
    return `A matrix of ${n} by ${m}; largest ${written(data[large], spec.spec)} at ${where}.`;
  });

  const plane = drawing((box, spec, kit, top) => {
    const head = top + (spec.names.length ? 44 : 12);
    const [x, y] = [spec.x_range, spec.y_range];
    const { across, up, inside, frame } = axes(box, { ...spec, top: head, x, y });
    const spot = (c, left, high, r) =>
      svg("path", {
        d: SHAPES[c % 4](r),
        transform: `translate(${left.toFixed(1)} ${high.toFixed(1)})`,
        class: "spot",
        fill: rgb(c),
      });
    if (spec.names.length) {
      const sample = (c, left, high) => spot(c, left + 24, high, 8);
      legend(box, spec.names, { left: frame.x, y: top + 22, width: spec.width, sample });
    }
    const told = [];
    if (spec.regions) {
      const grid = kit.read(spec.regions);
      const [n, m] = grid.shape;
      const data = grid.flat();
      const at = (i, j) => data[Math.min(i, n - 1) * m + Math.min(j, m - 1)];
      const paint = (i, j) => {
        const c = at(i, j);
        const edge = c !== at(i + 1, j) || c !== at(i, j + 1);
        return edge ? [118, 118, 118, 255] : [...COLOURS[c % 6], 95];
      };
      const place = { ...frame, preserveAspectRatio: "none" };
      inside.append(svg("image", { ...place, href: pixels(n, m, paint) }));
      const shares = spec.names.map((name, c) => {
        const count = data.reduce((sum, k) => sum + (k === c), 0);
        return `${name} ${written(count / data.length, ".0%")}`;
      });
      told.push(`Share of the area: ${shares.join(", ")}.`);
    }
    const line = (places, kind) => {
      const ends = places.map(([p, q]) => `${across(p).toFixed(1)},${up(q).toFixed(1)}`);
      inside.append(svg("path", { class: kind, d: `M${ends.join("L")}` }));
    };
    const whole = (places) => places.flat().every(Number.isFinite);
    for (const c of spec.contours ? kit.read(spec.contours).list() : []) line(c.filter((p) => whole([p])), "thin");
    if (spec.points) {
      const classes = spec.classes ? numbers(kit.read(spec.classes)) : [];
      kit.read(spec.points).list().forEach(([p, q], i) => {
        inside.append(spot(classes[i] ?? 0, across(p), up(q), 4.5));
      });
    }
    for (const [a, b, c, d] of spec.segments ? kit.read(spec.segments).list() : []) {
      if (whole([a, b, c, d])) line([[a, b], [c, d]], "crease");
    }
    if (spec.track) {
      const track = kit.read(spec.track).list();
      const end = spec.until ? kit.read(spec.until) : track.length - 1;
      const past = track.slice(0, end + 1).filter((p) => whole([p]));
      const far = ([p, q]) => Math.abs(p) < 1e4 && Math.abs(q) < 1e4;
      line(past.filter(far), "track");
      past.filter(far).forEach(([p, q], i, near) => {
        const kind = `dot ${i === near.length - 1 ? "last" : ""}`;
        inside.append(svg("circle", { cx: across(p), cy: up(q), r: 5, class: kind }));
      });
      told.push(`A path of ${past.length} points, now at ${past.at(-1).map((v) => written(v))}.`);
    }
    for (const [name, [p, q]] of Object.entries(spec.marks)) {
      const [left, high] = [across(p), up(q)];
      inside.append(
        svg("path", { class: "cross", d: `M${left - 9},${high}h18M${left},${high - 9}v18` }),
        text(left + 14, high + 26, name, { class: "halo" }),
      );
    }
    return told.join(" ");
  });

  const table = (spec, kit) => {
    const node = html("div", { class: "nnds-table" });
    const cells = (tag, row) => row.map((cell) => strong(html(tag), kit.say(cell)));
    const show = () => {
      const head = html("tr", {}, ...cells("th", spec.columns));
      const body = spec.rows.map((row) => html("tr", {}, ...cells("td", row)));
      const title = spec.title ? [html("caption", {}, kit.say(spec.title))] : [];
      node.replaceChildren(
        html("table", {}, ...title, html("thead", {}, head), html("tbody", {}, ...body)),
      );
    };
    return { node, show };
  };

  nnds.views = { images, lines, bars, heat, plane, table };
})();
