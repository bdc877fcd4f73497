"""How the race report looks, and the little that moves on it."""

STYLE = """
:root{color-scheme:light dark;--paper:light-dark(#fbfbfa,#121518);--panel:light-dark(#fff,#1a1e23);
--line:light-dark(#e0e2e5,#2f363d);--ink:light-dark(#1c2126,#e6e9ec);--soft:light-dark(#5b646e,#a2abb5);
--pale:light-dark(#a3abb3,#68727c);--ref:light-dark(#1f6fb4,#5eaaf0);--new:light-dark(#ad4a06,#ff9440);
--lost:light-dark(#b3124f,#ff7fa8);--gained:light-dark(#1b7a48,#5fd097);--lost-soft:light-dark(#fbe9f0,#3a1b28);
--gained-soft:light-dark(#e6f4ec,#15301f);--band:light-dark(#d9dee4,#343c45);
font:400 clamp(14px,.38vw + 9.4px,26px)/1.45 system-ui,-apple-system,"Segoe UI","Noto Sans",sans-serif}
*{box-sizing:border-box}[hidden]{display:none!important}
body{margin:0;background:var(--paper);color:var(--ink);-webkit-print-color-adjust:exact;print-color-adjust:exact}
header,main{max-width:max(84rem,64vw);margin:0 auto;padding:0 1.6rem}
header{display:flex;flex-wrap:wrap;gap:.6rem 2rem;align-items:end;justify-content:space-between;padding-top:1.5rem}
h1{font-size:1.7rem;line-height:1.2;margin:0;font-weight:650;overflow-wrap:anywhere}
h2{font-size:1.05rem;font-weight:650;margin:0 0 .5rem}h3{font-size:1rem;font-weight:600;margin:0}
p{margin:0}.kicker{color:var(--soft);font-size:.85rem;letter-spacing:.04em;text-transform:uppercase}
.soft,.caption,.nothing{color:var(--soft)}.caption{font-size:.86rem;margin-bottom:.4rem}.below{margin-top:.8rem}
section{margin:1.9rem 0}small{font-size:.78em;font-weight:400;color:var(--soft);margin-left:.35em;white-space:nowrap}
.choosers{display:flex;gap:.8rem;flex-wrap:wrap}.choosers label{color:var(--soft);font-size:.86rem}
select{font:inherit;color:var(--ink);background:var(--panel);border:1px solid var(--pale);border-radius:5px;
padding:.2em .4em;max-width:20rem}:focus-visible{outline:2px solid var(--ref);outline-offset:2px}
.hero{display:flex;flex-wrap:wrap;align-items:baseline;gap:.2rem 1.6rem;margin:1.2rem 0 0;padding:1rem 0;
border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
.big{font-size:2.9rem;line-height:1.1;font-weight:680;font-variant-numeric:tabular-nums;letter-spacing:-.01em}
.big small{font-size:1.1rem;letter-spacing:0}
.lost{color:var(--lost)}.gained{color:var(--gained)}.unsure{color:var(--soft)}
.run{color:var(--new)}.against{color:var(--ref)}
.places{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,21rem),1fr));gap:1.1rem}
.card{max-width:44rem;background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:.8rem .9rem;
break-inside:avoid}
.card h3{display:flex;align-items:baseline;gap:.5em;margin-bottom:.6rem}.card h3 b{margin-left:auto;white-space:nowrap;
font-size:1.25em;font-variant-numeric:tabular-nums}
.number{flex:none;display:inline-block;width:1.5em;height:1.5em;line-height:1.5em;text-align:center;border-radius:50%;
background:var(--ink);color:var(--paper);font-size:.85em;font-weight:650}
.pictures{display:grid;grid-template-columns:1fr 1fr;gap:.4rem}figure{margin:0}
figure img{display:block;width:100%;border-radius:3px;border-bottom:3px solid var(--ref);background:var(--band)}
figure.run img{border-color:var(--new)}figcaption{font-size:.76rem;color:var(--soft);margin-top:.15rem}
figure.run figcaption{color:var(--soft)}
summary{cursor:pointer;color:var(--ref);font-size:.9rem}details{margin-top:.5rem}
video{display:block;width:100%;margin-top:.4rem;border-radius:3px;background:#000}
.speeds{display:grid;grid-template-columns:repeat(4,auto);justify-content:space-between;gap:.4rem;margin:.7rem 0 .4rem}
.speeds div{min-width:0}
dt{font-size:.76rem;color:var(--soft)}dd{margin:0;font-variant-numeric:tabular-nums;font-weight:600}
ul{margin:.3rem 0 0;padding-left:1.1rem}.why{font-size:.92rem}.why li{margin:.1rem 0}li{margin:.2rem 0}
.chart{display:block;width:100%;height:auto;font-size:12px;font-variant-numeric:tabular-nums;overflow:visible}
.chart text{fill:var(--soft)}.chart .grid{stroke:var(--line);stroke-width:.8}
.chart .axis{stroke:var(--pale);stroke-width:1.2}
.chart path{fill:none}.chart .band{fill:var(--band);opacity:.85}.chart .clear{stroke:var(--ink);stroke-width:2.2;
stroke-linejoin:round}.chart .vague{stroke:var(--pale);stroke-width:2.2;stroke-linejoin:round}
.chart .column rect{fill:none}.chart .column.lost rect{fill:var(--lost-soft)}
.chart .column.gained rect{fill:var(--gained-soft)}
.chart .column path,.chart .rule{stroke:var(--line);stroke-width:1}.chart .column .loss{font-weight:650}
.chart .column.lost .loss{fill:var(--lost)}.chart .column.gained .loss{fill:var(--gained)}
.chart .place line{stroke:var(--ink);stroke-width:1;stroke-dasharray:2 3;opacity:.6}
.chart .place circle{fill:var(--ink)}.chart .place text{fill:var(--paper);text-anchor:middle;font-weight:650}
.chart .run{stroke:var(--new);stroke-width:1.8}.chart .against{stroke:var(--ref);stroke-width:1.8}
.readout{color:var(--ink);font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.32em .6em;border-bottom:1px solid var(--line);text-align:left;vertical-align:baseline}
thead th{color:var(--soft);font-weight:500;font-size:.82rem;vertical-align:bottom;border-bottom-color:var(--pale)}
tbody th{font-weight:500}.n{text-align:right;white-space:nowrap}thead .n{white-space:normal}
.bars{width:18%;min-width:7rem;padding:0 .6em;vertical-align:middle}.bar{display:block;width:100%;height:1.1em}
.bar .lost{fill:var(--lost)}.bar .gained{fill:var(--gained)}.bar .unsure{fill:var(--pale)}
.bar path{stroke:var(--ink);stroke-width:1;vector-effect:non-scaling-stroke;fill:none}.bar .zero{stroke:var(--pale)}
.runs .best{font-weight:680}td.best::before,span.best::before{content:"•";color:var(--gained);margin-right:.3em}
span.best{font-weight:650;color:var(--ink)}.struck{color:var(--soft);text-decoration:line-through}
td.struck{text-decoration:none}td.struck>span,td.struck>b{text-decoration:line-through}
.runs th small.about{display:block;margin:0}
.tag{font-size:.72rem;color:var(--ref);border:1px solid currentColor;border-radius:3px;padding:0 .3em;font-weight:500;
white-space:nowrap}.seams{font-size:.92rem}.foot{border-top:1px solid var(--line);padding-top:1.2rem;font-size:.88rem;
color:var(--soft);max-width:60rem}.foot h2{color:var(--ink);font-size:.95rem}.foot p{margin-bottom:.5rem}
@media(max-width:760px){header,main{padding:0 1rem}.big{font-size:2.3rem}}
@media print{:root{color-scheme:light;font-size:10.5px}header,main{max-width:none;padding:0}
.choosers,details,.readout{display:none}
section{margin:1.1rem 0}.scroll{overflow:visible}tr,.card,.chart{break-inside:avoid}h2,.caption{break-after:avoid}
.speeds{grid-template-columns:1fr 1fr}thead{display:table-header-group}body,.card{background:#fff}
.runs{font-size:9px}th,td{padding:.22em .4em}
@page{size:A4;margin:12mm}}
"""
"""Colours are those of the pages of the program: the reference, or whom a run is compared with, is blue, the run
orange. Lost and gained also differ by sign and by side."""

SCRIPT = """
const all = [...document.querySelectorAll(".comparison")];
const pick = {run: document.getElementById("choose-run"), against: document.getElementById("choose-against")};
function show() {
  const against = [...pick.against.options];
  for (const option of against)
    option.disabled = !all.some((one) => one.dataset.run === pick.run.value && one.dataset.against === option.value);
  if (pick.against.selectedOptions[0].disabled) pick.against.value = against.find((option) => !option.disabled).value;
  for (const one of all)
    one.hidden = one.dataset.run !== pick.run.value || one.dataset.against !== pick.against.value;
}
if (pick.run) {
  pick.run.value = all[0].dataset.run;
  pick.against.value = all[0].dataset.against;
  for (const one of Object.values(pick)) one.addEventListener("change", show);
  show();
}
for (const details of document.querySelectorAll("details"))
  details.addEventListener("toggle", () => {
    const video = details.querySelector("video");
    if (details.open) video.play(); else video.pause();
  });
const said = (value) => (value < 0 ? "\\u2212" : "+") + Math.abs(value).toFixed(2) + " s";
for (const chart of document.querySelectorAll(".chart.delta")) {
  const row = (name) => chart.dataset[name].split(",").map((text) => (text === "" ? NaN : +text));
  const [t, d, h] = ["t", "d", "h"].map(row), {x0, x1, left, right} = chart.dataset;
  const out = chart.closest("section").querySelector(".readout");
  chart.addEventListener("pointermove", (event) => {
    const at = chart.getBoundingClientRect(), x = ((event.clientX - at.left) / at.width) * 1000;
    const time = +x0 + ((x - left) / (1000 - left - right)) * (x1 - x0);
    let n = 0;
    for (let i = 1; i < t.length; i += 1) if (Math.abs(t[i] - time) < Math.abs(t[n] - time)) n = i;
    const minutes = Math.floor(t[n] / 60), rest = (t[n] - 60 * minutes).toFixed(1).padStart(4, "0");
    out.textContent = Number.isNaN(d[n]) ? `${minutes}:${rest} not known`
      : `${minutes}:${rest}  ${said(d[n])} \\u00b1 ${Math.max(h[n], 0.01).toFixed(2)}`;
  });
  chart.addEventListener("pointerleave", () => { out.textContent = ""; });
}
"""
"""Choosing among the comparisons, and the value below the pointer."""
