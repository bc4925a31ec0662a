// Charts of figures that a table on the same page has as well. An element with `data-chart` says which kind of chart it is;
// its own `data-figures`, or those of the element that `data-of` names, say what it shows. Tooltips are drawn, not written as
// HTML: the pages allow no style that is written into them.
"use strict";

const TONES = { good: "#1b6b32", soon: "#b26a00", bad: "#a3151b", open: "#3d6f9e", gone: "#8a96a3" };
const FEEDS = ["#12324f", "#3d6f9e", "#7aa6cf", "#4c8577", "#93b48b"];
const TEXT = { fontFamily: getComputedStyle(document.body).fontFamily, color: "#26313d" };

const KINDS = {
  // Feeds on top of each other with the notices over them; what was refused below, on a scale of its own.
  day({ times, series }) {
    const feeds = series.slice(0, -2);
    const [out, refused] = series.slice(-2);
    const axis = (at, more) => ({ type: "category", data: times, gridIndex: at, boundaryGap: true, axisTick: { show: false }, ...more });
    return {
      tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "line" } },
      axisPointer: { link: [{ xAxisIndex: "all" }] },
      legend: { top: 0 },
      grid: [{ left: 56, right: 16, top: 36, height: 170 }, { left: 56, right: 16, top: 232, height: 44 }],
      xAxis: [axis(0, { axisLabel: { show: false } }), axis(1, { axisLabel: { interval: 7 } })],
      yAxis: [
        { type: "value", gridIndex: 0, minInterval: 1 },
        { type: "value", gridIndex: 1, minInterval: 1, splitNumber: 1, position: "left" },
      ],
      series: [
        ...feeds.map((feed, at) => ({ name: feed.name, type: "bar", stack: "feeds", data: feed.counts, color: FEEDS[at % FEEDS.length], barCategoryGap: "20%" })),
        { name: out.name, type: "line", data: out.counts, color: TONES.soon, symbol: "none", lineStyle: { width: 2 } },
        { name: refused.name, type: "bar", data: refused.counts, color: TONES.bad, xAxisIndex: 1, yAxisIndex: 1, barCategoryGap: "20%" },
      ],
    };
  },

  // One bar for each name, its parts beside each other.
  parts({ names, series }) {
    return {
      tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
      legend: { top: 0 },
      grid: { left: 8, right: 24, top: 36, bottom: 8, containLabel: true },
      xAxis: { type: "value", minInterval: 1 },
      yAxis: { type: "category", data: names, inverse: true, axisTick: { show: false } },
      series: series.map(({ name, tone, counts }) => ({ name, type: "bar", stack: "all", data: counts, color: TONES[tone], barMaxWidth: 22 })),
    };
  },

  // From the left to the right; whoever is on both sides is there twice.
  flows({ names, links }) {
    const name = (id) => names[id.slice(1)];
    const nodes = new Map(links.flatMap(({ from, to }) => [["<" + from, 0], [">" + to, 1]]));
    return {
      tooltip: {
        trigger: "item",
        renderMode: "richText",
        formatter: ({ data, value }) => (data.source ? `${name(data.source)} → ${name(data.target)}: ${value}` : `${name(data.name)}: ${value}`),
      },
      series: {
        type: "sankey",
        left: 160,
        right: 160,
        top: 8,
        bottom: 8,
        nodeGap: 10,
        draggable: false,
        emphasis: { focus: "adjacency" },
        data: [...nodes].map(([id, depth]) => ({
          name: id,
          depth,
          itemStyle: { color: depth === 0 ? "#12324f" : "#4c8577" },
          label: { position: depth === 0 ? "left" : "right", formatter: () => name(id) },
        })),
        links: links.map(({ from, to, stays }) => ({ source: "<" + from, target: ">" + to, value: stays })),
        lineStyle: { color: "source", opacity: 0.3 },
      },
    };
  },
};

function draw(element) {
  const figures = document.getElementById(element.dataset.of ?? element.id)?.dataset.figures;
  if (!figures) return;
  const shown = JSON.parse(figures);
  const lines = (shown.links ?? (Array.isArray(shown.names) ? shown.names : null))?.length;
  // As high as what it shows.
  if (lines) element.style.height = `${80 + 26 * lines}px`;
  const chart = echarts.getInstanceByDom(element) ?? echarts.init(element);
  chart.setOption({ textStyle: TEXT, animation: false, ...KINDS[element.dataset.chart](shown) });
}

const charts = [...document.querySelectorAll("[data-chart]")];
charts.forEach(draw);
// Newer figures come into the place of those that were there.
for (const chart of charts) {
  const around = document.getElementById(chart.dataset.of)?.parentElement;
  if (around) new MutationObserver(() => draw(chart)).observe(around, { childList: true });
}
window.addEventListener("resize", () => charts.forEach((chart) => echarts.getInstanceByDom(chart)?.resize()));
