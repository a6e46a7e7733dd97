// Draws every figure of the page from the JSON beside it, in the colours and at the width of the page.
(() => {
  "use strict";

  const words = JSON.parse(document.getElementById("figure-words").textContent);
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const NARROW = 600;
  const narrow = matchMedia(`(max-width: ${NARROW}px)`);
  const A4_WIDTH = 680;
  const pen = document.createElement("canvas").getContext("2d");

  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  // Breaks a title into lines that fit; one that brings tags of its own is left alone.
  const wrapped = (text, width, font) => {
    if (text.includes("<")) return text;
    pen.font = font;
    const lines = [""];
    for (const word of text.split(/(?<=\s)|(?<=[\u3000-\u9fff\uff00-\uffef])/)) {
      const fits = pen.measureText(lines.at(-1) + word).width <= width;
      if (fits || !lines.at(-1)) lines.push(lines.pop() + word);
      else lines.push(word);
    }
    return lines.join("<br>");
  };

  const withTitle = (layout, width, family) => {
    const title = typeof layout.title === "string" ? { text: layout.title } : { ...layout.title };
    layout.margin = { ...layout.margin };
    if (!title.text) {
      layout.margin.t ??= 24;
      return;
    }
    const size = title.font?.size ?? layout.template?.layout?.title?.font?.size ?? 17;
    title.text = wrapped(title.text, 0.88 * width, `${size}px ${family}`);
    const more = title.text.split("<br>").length - 1;
    layout.title = title;
    layout.margin.t = (layout.margin.t ?? layout.template?.layout?.margin?.t ?? 60) + more * size * 1.3;
  };

  // On a telephone the legend stands below the figure, and the axes take what room their words need.
  const withLittleRoom = (layout) => {
    const given = { ...layout.template?.layout?.margin, ...layout.margin };
    layout.margin = { ...given, l: Math.min(given.l ?? 80, 24), r: Math.min(given.r ?? 80, 20), b: Math.min(given.b ?? 80, 32) };
    layout.legend = { ...layout.legend, orientation: "h", x: 0, xanchor: "left", y: 0, yanchor: "bottom", yref: "container" };
  };

  const withColours = (layout, family) => {
    const [ink, line, ground] = ["--ink", "--line", "--ground"].map(colour);
    // The margins make room for the labels, so no label needs to be measured against the figure's edge.
    const room = { automargin: true, ticklabeloverflow: "allow" };
    const strokes = { gridcolor: line, zerolinecolor: line, linecolor: line, tickcolor: line, ...room };
    if (words.locale.startsWith("zh")) Object.assign(strokes, { exponentformat: "none", separatethousands: true }); // 10,000, never 10k
    const base = layout.template?.layout ?? {};
    const axes = Object.fromEntries(["xaxis", "yaxis"].map((axis) => [axis, { ...base[axis], ...strokes }]));
    const hoverlabel = { ...base.hoverlabel, bgcolor: ground, bordercolor: line, font: { color: ink, family } };
    layout.template = { ...layout.template, layout: { ...base, ...axes, hoverlabel, colorway: base.colorway } };
    layout.paper_bgcolor = layout.plot_bgcolor = ground; // not transparent: a picture saved from here is readable
    layout.font = { ...base.font, ...layout.font, color: ink, family };
    layout.modebar = { bgcolor: "rgba(0,0,0,0)", color: colour("--muted"), activecolor: ink };
  };

  const fitted = (given, width) => {
    const layout = structuredClone(given); // Plotly writes into what it is given
    const family = getComputedStyle(document.body).fontFamily;
    delete layout.width;
    layout.autosize = true;
    withColours(layout, family);
    withTitle(layout, width, family);
    if (width < NARROW) withLittleRoom(layout);
    return layout;
  };

  const config = (box, number) => ({
    responsive: true,
    displaylogo: false,
    showSendToCloud: false,
    plotlyServerURL: "",
    modeBarButtonsToRemove: ["select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "toggleHover"],
    toImageButtonOptions: { filename: box.getAttribute("aria-label") || `figure-${number + 1}`, scale: 2 },
    locale: words.locale,
  });

  const draw = (box, number, printWidth) => {
    const plot = box.querySelector(".plot");
    try {
      const { data, layout } = JSON.parse(box.querySelector("script").textContent);
      const sized = fitted(layout, printWidth ?? plot.clientWidth);
      if (printWidth) Object.assign(sized, { width: printWidth, autosize: false });
      sized.height ??= plot.parentElement.clientHeight;
      Plotly.react(plot, data, sized, config(box, number));
    } catch (error) {
      plot.textContent = words.failed;
      throw error;
    }
  };

  const drawAll = (printWidth) => {
    root.classList.toggle("printing", Boolean(printWidth));
    root.classList.add("drawing");
    document.querySelectorAll(".figure").forEach((box, number) => {
      try {
        draw(box, number, printWidth);
      } catch (error) {
        console.error(error); // the other figures are still drawn
      }
    });
    root.classList.remove("drawing");
  };

  if (words.locale !== "en") Plotly.register({ moduleType: "locale", name: words.locale, ...words });
  drawAll();
  for (const change of [narrow, dark]) change.addEventListener("change", () => drawAll());
  addEventListener("beforeprint", () => drawAll(A4_WIDTH));
  addEventListener("afterprint", () => drawAll());
})();
