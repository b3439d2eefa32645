// The report's style: light and dark as the system says, from 390 px upwards.
export const style = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2126;--soft:#5b6570;--line:#d9dee3;--panel:#f5f7f8;--ours:#0b6bcb;--theirs:#8a5a00;--floor:#6b7580;--grey:#98a1aa;--less:#0a6b3d;--more:#a13a00;--link:#0b5cad}
@media (prefers-color-scheme:dark){:root{--paper:#14181c;--ink:#e6e9ec;--soft:#a3adb7;--line:#333b43;--panel:#1c2228;--ours:#5aa9f5;--theirs:#e0a63f;--floor:#98a3ae;--grey:#69737d;--less:#5fd39a;--more:#ff9a66;--link:#7fbcff}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main,header,nav{max-width:76rem;margin:0 auto;padding:0 1rem}
header{padding-top:1.5rem}
h1{font-size:1.6rem;line-height:1.2;margin:0}
h2{font-size:1.25rem;margin:2.5rem 0 .5rem;padding-top:1rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.75rem 0 .5rem}
p,li{max-width:46rem}
header p,small,.note{color:var(--soft)}
.note{font-size:.9rem;margin:.25rem 0}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.5rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0;margin:1rem 0 0}
nav a{display:inline-block;padding:.25rem 0}
li{margin:.4rem 0}nav li{margin:0}
.warn{border-left:4px solid var(--more);padding:.5rem .75rem;background:var(--panel)}
.charts{display:grid;gap:1.5rem 2.5rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr))}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
caption,.caption{text-align:left;font-weight:600;font-size:.9rem;padding:.25rem 0}
.bars{width:100%;table-layout:fixed}
.bars th{width:36%;text-align:left;font-weight:400;font-size:.85rem;line-height:1.25;padding:.2rem .5rem .2rem 0;overflow-wrap:anywhere}
.bars .figure{width:29%;font-size:.85rem;line-height:1.25;padding-left:.5rem}
.bars small,.figures small{font-size:.78rem}
.keeps{display:block}
.track{padding:0}
.track span{position:relative;display:block;height:1.25rem;border-left:1px solid var(--line)}
.track i{position:absolute;display:block}
.bar{left:0;top:.2rem;bottom:.2rem;width:var(--to);background:var(--c);border-radius:0 2px 2px 0}
.spread{left:var(--from);width:calc(var(--to) - var(--from));min-width:1px;top:calc(50% - 1px);height:2px;background:var(--ink);opacity:.75}
.range{left:var(--from);width:calc(var(--to) - var(--from));min-width:2px;top:.35rem;bottom:.35rem;background:var(--c);border-radius:2px}
.mark{left:var(--from);width:2px;top:.1rem;bottom:.1rem;background:var(--ink)}
.ours{--c:var(--ours)}.theirs{--c:var(--theirs)}.floor{--c:var(--floor)}.none{--c:var(--grey)}
tr.unclear{--c:var(--grey)}
tr.unclear .figure,span.unclear{color:var(--soft)}
span.unclear{font-style:italic}
.less{color:var(--less)}.more{color:var(--more)}
.key{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;list-style:none;font-size:.85rem}
.key li{margin:0}
.key i{display:inline-block;width:.8rem;height:.8rem;border-radius:2px;background:var(--c);margin-right:.4rem;vertical-align:-.08rem}
.caption{margin:1.25rem 0 0}
.scroll{overflow-x:auto;margin:0 0 .75rem}
.figures{font-size:.85rem}
.figures th,.figures td{padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
.figures th:first-child{text-align:left;font-weight:400;white-space:normal;min-width:9rem}
.figures thead th{color:var(--soft);font-weight:400;vertical-align:bottom}
details{margin:1rem 0}
summary{cursor:pointer;padding:.25rem 0;font-weight:600}
dl{display:grid;grid-template-columns:minmax(7rem,auto) 1fr;gap:.25rem 1rem;margin:.5rem 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
code{font-size:.85rem;overflow-wrap:anywhere}
footer{height:4rem}
@media (max-width:40rem){.bars th{width:38%}.bars .figure{width:30%}h1{font-size:1.35rem}}
@media print{nav,.skip{display:none}details>*{display:block}}
`
