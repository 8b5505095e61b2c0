// For the slide now shown: what sticks out of its box, and what is too small.
([body, code, foot]) => {
  const slide = Reveal.getCurrentSlide(), wrong = [];
  slide.querySelectorAll(".fragment").forEach(f => f.classList.add("visible"));
  const box = slide.getBoundingClientRect(), style = getComputedStyle(slide);
  const inner = { left: box.left + 0.5 * parseFloat(style.paddingLeft), top: box.top,
    right: box.right - 0.5 * parseFloat(style.paddingRight), bottom: box.top + 720 - foot };
  const name = e => `${e.tagName}.${e.getAttribute("class") ?? ""} ` +
    `"${e.textContent.trim().slice(0, 40)}"`;
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
    if (!walk.currentNode.data.trim() || hidden(e)) continue;
    const formula = e.closest(".katex-html");
    let size = parseFloat(getComputedStyle(formula ? formula.parentElement : e).fontSize);
    const drawing = e.closest("svg");
    if (drawing) size *= drawing.getScreenCTM().a;
    const least = e.closest("pre, code") ? code : body;
    if (size < least - 0.05) wrong.push(`${name(e)} is ${size.toFixed(1)} px < ${least}`);
  }
  return wrong;
}
