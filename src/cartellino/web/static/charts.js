// Draws what stands in a page as data: lines over time, each with its limit. Drawn again when the window or the page changes.
"use strict";
(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const of = (line, number) => colour(line.means ? `--${line.means}` : `--series-${(number % 6) + 1}`);
  const series = (line, number) => ({
    label: line.label, stroke: of(line, number), width: 2, spanGaps: false, points: { size: 4 },
    value: (_, value) => (value == null ? "" : Intl.NumberFormat("en", { maximumFractionDigits: 3 }).format(value)),
  });
  const limit = (line, number) => ({
    label: `limit of ${line.label}`, class: "limit", stroke: of(line, number), width: 1.5, dash: [6, 4], points: { show: false },
    value: (_, value) => (value == null ? "" : String(value)),
  });
  const marked = (mark, scale) => ({
    hooks: {
      draw: [(plot) => {
        const at = plot.valToPos(mark[0] / scale, "x", true);
        const { left, top, width, height } = plot.bbox;
        if (at < left || at > left + width) { return; }
        const pen = plot.ctx;
        pen.save();
        pen.strokeStyle = pen.fillStyle = colour("--limit");
        pen.lineWidth = 2;
        pen.beginPath(); pen.moveTo(at, top); pen.lineTo(at, top + height); pen.stroke();
        pen.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
        pen.textAlign = at > left + width / 2 ? "right" : "left";
        pen.fillText(mark[1], at + (at > left + width / 2 ? -6 : 6), top + 14 * devicePixelRatio);
        pen.restore();
      }],
    },
  });
  const draw = (place) => {
    const data = JSON.parse(place.querySelector("script").textContent);
    const scale = data.is_time ? 1000 : 1; // uPlot counts seconds
    const limited = data.lines.map((line, number) => [line, number]).filter(([line]) => line.limit != null);
    const parts = { timeZone: "UTC", hourCycle: "h23", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };
    const said = (at) => Object.fromEntries(new Intl.DateTimeFormat("en", parts).formatToParts(at * 1000).map((one) => [one.type, one.value]));
    const dates = (_, places, __, ___, step) => places.map((at) => {
      const { month, day, hour, minute } = said(at);
      return step >= 86400 ? `${month}-${day}` : `${hour}:${minute}\n${month}-${day}`;
    });
    const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
    place.plot?.destroy();
    place.plot = new uPlot({
      width: Math.max(240, place.clientWidth), height: Number(place.dataset.height),
      scales: { x: { time: data.is_time }, y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.08 : 1] } },
      axes: [data.is_time ? { ...axis, values: dates, space: 64 } : axis, { ...axis, size: 56 }],
      series: [{ label: data.across, value: (_, at) => (at == null ? "" : data.is_time ? (({ month, day, hour, minute }) => `${month}-${day} ${hour}:${minute}`)(said(at)) : String(at)) }, ...data.lines.map(series), ...limited.map(([line, number]) => limit(line, number))],
      plugins: data.mark ? [marked(data.mark, scale)] : [],
      legend: { show: data.lines.length > 1 },
      cursor: { drag: { x: false, y: false } },
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
    }, [
      data.x.map((at) => at / scale),
      ...data.lines.map((line) => line.values),
      ...limited.map(([line]) => data.x.map(() => line.limit)),
    ], place);
  };
  const all = (within) => within.querySelectorAll("[data-chart]").forEach(draw);
  let waits;
  addEventListener("DOMContentLoaded", () => all(document));
  addEventListener("resize", () => { clearTimeout(waits); waits = setTimeout(() => all(document), 150); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => all(document));
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) { all(event.detail.elt.parentElement ?? document); } });
})();
