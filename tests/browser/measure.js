// For the slide now shown: what sticks out of its box, and what is too small.
async ([least, foot]) => {
  const slide = Reveal.getCurrentSlide(), wrong = [];
  slide.querySelectorAll(".fragment").forEach(f => f.classList.add("visible"));
  const box = slide.getBoundingClientRect(), style = getComputedStyle(slide);
  const inner = { left: box.left + 0.5 * parseFloat(style.paddingLeft), top: box.top,
    right: box.right - 0.5 * parseFloat(style.paddingRight), bottom: box.top + 720 - foot };
  const name = e => `${e.tagName}.${e.getAttribute("class") ?? ""} ` +
    `"${(e.getAttribute("alt") ?? e.textContent).trim().slice(0, 40)}"`;
  const out = (rect, e) => {
    if (!rect.width || !rect.height) return;
    for (const side of ["left", "top"])
      if (rect[side] < inner[side] - 1) wrong.push(`${name(e)} begins ${side} of the box`);
    for (const side of ["right", "bottom"])
      if (rect[side] > inner[side] + 1)
        wrong.push(`${name(e)} ends ${Math.round(rect[side] - inner[side])} px out, ${side}`);
  };
  const hidden = e => e.closest(".notes, .katex-mathml, script, style") ||
    getComputedStyle(e).visibility === "hidden" || !e.getClientRects().length;
  for (const e of slide.querySelectorAll("*")) {
    if (hidden(e) || e.closest(".katex-html") || (e.closest("svg") && e.tagName !== "svg"))
      continue;
    out(e.getBoundingClientRect(), e);
    if (e.matches("pre, table, .katex-display, div.math") && e.scrollWidth > e.clientWidth + 1)
      wrong.push(`${name(e)} is wider than its place: ${e.scrollWidth} > ${e.clientWidth}`);
  }
  for (const e of slide.querySelectorAll(".katex-html")) out(e.getBoundingClientRect(), e);
  const walk = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || hidden(e) || e.tagName === "OPTION") continue;
    const formula = e.closest(".katex-html");
    let size = parseFloat(getComputedStyle(formula ? formula.parentElement : e).fontSize);
    const drawing = e.closest("svg");
    if (drawing) size *= drawing.getScreenCTM().a;
    if (size < least - 0.05) wrong.push(`${name(e)} is ${size.toFixed(1)} px < ${least}`);
  }
  // Letters of a figure are shapes: matplotlib draws each text in a group text_N, scaled
  // by a hundredth of its size in points, and an SVG point is a unit of the view box.
  for (const image of slide.querySelectorAll("img")) {
    if (hidden(image)) continue;
    if (!image.currentSrc.includes(".svg")) {
      wrong.push(`${name(image)} is no SVG: its letters cannot be measured`);
      continue;
    }
    const text = await (await fetch(image.currentSrc)).text();
    const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    const wide = parseFloat(svg.getAttribute("viewBox").split(" ")[2]);
    const shown = image.getBoundingClientRect().width / wide;
    const texts = [...svg.querySelectorAll('g[id^="text_"] > g[transform]')];
    const sizes = texts.map(g => 100 * g.getAttribute("transform").match(/scale\(([\d.]+)/)[1]);
    const small = Math.min(...sizes) * shown;
    if (small < least - 0.25)
      wrong.push(`${name(image)} has text of ${small.toFixed(1)} px < ${least}: ` +
        `${Math.min(...sizes)} points, and an inch on ${Math.round(72 * shown)} px`);
    if (svg.querySelector("text")) wrong.push(`${name(image)} has letters that are no shapes`);
  }
  return wrong;
}
