/* Gradient descent of the loss of two weights: the rate decides. */
"use strict";

nndsPanel("dense_panels.descent", (kit, data) => {
  const { rates, weights, losses, hessian, best, lowest, limit } = data;
  const steps = losses[0].length - 1;
  const start = weights[0][0];
  const rate = kit.slider("Learning rate η", {
    min: 0,
    max: rates.length - 1,
    value: 1,
    say: (i) => kit.number(rates[i]),
  });
  const step = kit.slider("Steps taken", { min: 0, max: steps, value: steps });
  const plane = kit.figure(560, 400, { grow: 1 });
  const curve = kit.figure(560, 400, { grow: 1 });

  // eigenvalues and angle of the bowl: the directions in which it is steep and flat
  const [[a, b], [, d]] = hessian;
  const half = Math.hypot((a - d) / 2, b);
  const steep = (a + d) / 2 + half;
  const flat = (a + d) / 2 - half;
  const angle = Math.atan2(2 * b, a - d) / 2;

  // the plane: weights from -1.7 to 1.9 across, -0.45 to 2.05 up, 150 pixels a unit
  const UNIT = 140;
  const right = (w) => 60 + UNIT * (w + 1.6);
  const up = (w) => 345 - UNIT * (w + 0.4);
  const square = { x: 60, y: 10, width: 490, height: 335 };
  const bowl = kit.svg("g", kit.clip(plane, square));
  for (const height of [0.03, 0.15, 0.5, 1.2, 2.4, 4.2, 7]) {
    const [cx, cy] = [right(best[0]), up(best[1])];
    bowl.append(
      kit.svg("ellipse", {
        class: "thin",
        cx,
        cy,
        rx: UNIT * Math.sqrt((2 * height) / steep),
        ry: UNIT * Math.sqrt((2 * height) / flat),
        transform: `rotate(${(-angle * 180) / Math.PI} ${cx} ${cy})`,
      }),
    );
  }
  const track = kit.svg("polyline", { class: "nnds-descent" });
  const dots = kit.svg("g");
  bowl.append(track, dots);
  plane.append(bowl, kit.svg("rect", { class: "axis", ...square }));
  const [bx, by] = [right(best[0]), up(best[1])];
  plane.append(
    kit.svg("path", {
      d: `M${bx - 9},${by}h18M${bx},${by - 9}v18`,
      class: "axis",
      "stroke-width": 3,
    }),
    kit.svg("text", { x: right(start[0]) + 14, y: up(start[1]) + 26, class: "halo" }, "start"),
    kit.svg("text", { x: 305, y: 378, "text-anchor": "middle" }, "weight of the bill"),
    kit.svg(
      "text",
      { transform: "translate(30 178) rotate(-90)", "text-anchor": "middle" },
      "weight of the flipper",
    ),
  );

  // the curve: steps across, loss from 0.1 to 1000 up, by factors of ten
  const across = (t) => 90 + (450 * t) / steps;
  const high = (loss) => 345 - (325 / 4) * (Math.log10(Math.min(loss, 1e9)) + 1);
  const frame = { x: 80, y: 10, width: 470, height: 335 };
  const inside = kit.clip(curve, frame);
  for (const [loss, name] of [[0.1, "0.1"], [1, "1"], [10, "10"], [100, "100"], [1000, "1000"]]) {
    const y = high(loss);
    if (loss > 0.1 && loss < 1000) {
      curve.append(kit.svg("path", { class: "thin", d: `M80,${y}h470`, "stroke-dasharray": "2 6" }));
    }
    curve.append(kit.svg("text", { x: 70, y: y + 7, "text-anchor": "end" }, name));
  }
  for (const t of [0, 10, 20, 30, 40]) {
    curve.append(kit.svg("text", { x: across(t), y: 370, "text-anchor": "middle" }, String(t)));
  }
  const floor = kit.svg("path", {
    class: "axis",
    d: `M80,${high(lowest)}h470`,
    "stroke-dasharray": "8 5",
  });
  const line = kit.svg("polyline", { class: "nnds-descent", ...inside });
  const marks = kit.svg("g", inside);
  curve.append(
    floor,
    line,
    marks,
    kit.svg("rect", { class: "axis", ...frame }),
    kit.svg("text", { x: 535, y: high(lowest) + 24, "text-anchor": "end", class: "small" }, "lowest"),
    kit.svg("text", { x: 315, y: 396, "text-anchor": "middle" }, "step"),
    kit.svg(
      "text",
      { transform: "translate(20 178) rotate(-90)", "text-anchor": "middle" },
      "loss",
    ),
  );

  function place(line, group, points) {
    line.setAttribute("points", points.map((p) => p.map((x) => x.toFixed(1)).join()).join(" "));
    group.replaceChildren(
      ...points.map(([cx, cy], i) =>
        kit.svg("circle", { cx, cy, r: i === points.length - 1 ? 8 : 4, class: "nnds-dot" }),
      ),
    );
  }

  function verdict(rate, last) {
    if (rate > limit) return "**It diverges**: each step lands higher on the other side.";
    if (rate > 1 / steep) return "**It zigzags**: each step crosses the valley, and lands lower.";
    const left = (last - lowest) / lowest;
    if (left < 0.01) return "**It converges** without crossing the valley.";
    return "**It crawls**: safe, and not there yet.";
  }

  kit.start(() => {
    const [eta, path, curved] = [rates[rate.value], weights[rate.value], losses[rate.value]];
    const shown = step.value + 1;
    const clamp = (x) => Math.max(-1e4, Math.min(1e4, x)); // far outside is far enough
    place(track, dots, path.slice(0, shown).map(([p, q]) => [clamp(right(p)), clamp(up(q))]));
    place(line, marks, curved.slice(0, shown).map((loss, t) => [across(t), high(loss)]));
    const loss = kit.short(curved[step.value]);
    const said = verdict(eta, curved[steps]);
    const bound = eta > limit ? ` The largest safe rate is ${kit.number(limit, 3)}.` : "";
    kit.say(
      `${said} After ${step.value} steps with η = ${kit.number(eta)} the loss is **${loss}**; ` +
        `the lowest is ${kit.number(lowest, 3)}.${bound}`,
    );
    plane.describe(
      `A valley of loss over two weights, long from upper left to lower right, and ` +
        `${step.value} steps of gradient descent from (${start.map((x) => kit.number(x, 1)).join(", ")}). ` +
        `The last is at (${path[step.value].map((x) => kit.short(x)).join(", ")}), ` +
        `the minimum at (${best.map((x) => kit.number(x)).join(", ")}).`,
    );
    curve.describe(
      `Loss against step, on a scale of powers of ten: from ${kit.short(curved[0])} ` +
        `to ${loss} after ${step.value} steps.`,
    );
  });

  return { losses: () => losses[rate.value], weights: () => weights[rate.value] };
});
