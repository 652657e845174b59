#!/usr/bin/env python3
"""Compares the two browsers step by step and writes side-by-side.md.

    python3 compare.py            # all scenarios
    python3 compare.py e5 h3      # those whose name starts so, on stdout

Rows are scenario steps; a cell lists what happened until the next step, per
context in its own order. Volatile values (ids, times, urls) are masked.
"""
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
HIDE_OPS = {"port.addListener"}


def load(browser, name):
    p = HERE / "traces" / browser / f"{name}.json"
    if not p.exists():
        return None
    with open(p, encoding="utf-8", errors="surrogatepass") as f:
        return [json.loads(x) for x in f][1:]


def text(v, n=160):
    s = v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)
    return s if len(s) <= n else s[:n] + "…"


def label(step):
    if "comment" in step and not ({"ctx", "parallel"} & step.keys()):
        return f"*{step['comment']}*"
    if "wait" in step:
        return f"wait {step['wait']} ms"
    if "parallel" in step:
        return "at once: " + " ∥ ".join(label(s) for s in step["parallel"])
    ops = step.get("batch", [step])
    out = []
    for s in ops[:8]:
        args = [text(s[k], 60) for k in ("port", "as", "name", "fn", "event", "on", "worldId", "properties", "payload", "args", "doc", "tab", "method", "value", "target") if k in s]
        out.append(f"{s['op']}({', '.join(args)})")
    if len(ops) > 8:
        out.append(f"… {len(ops)} ops")
    return f"{step['ctx']}: " + "; ".join(out)


def world_summary(v):
    """What inspectRuntime showed, as one short string."""
    def one(o):
        if not isinstance(o, dict):
            return str(o)
        rt = o.get("runtime")
        return f"runtime {{connect: {o['connect']}, sendMessage: {o['sendMessage']}}}" if isinstance(rt, list) else f"runtime {rt}"
    return f"browser: {one(v['browser'])}; chrome: {one(v['chrome'])}"


def outcome(r):
    ev = r["ev"]
    if ev in ("call", "driver", "comment") or r["ctx"].endswith("@main") and ev == "agent-start":
        return None
    if ev in ("return", "resolve"):
        if r["op"] == "inspectRuntime" and r["ctx"] not in ("background",):
            return world_summary(r["value"])
        if r["op"] in HIDE_OPS or r["op"] in ("connect", "inspectRuntime", "register", "tabsQueryConnect"):
            return None
        if r.get("value") == {"$undefined": True}:
            return "resolves undefined" if ev == "resolve" and r["op"] == "sendMessage" else None
        return f"{'resolves' if ev == 'resolve' else 'returns'} {text(r['value'])}"
    if ev in ("throw", "reject"):
        return f"{'throws' if ev == 'throw' else 'rejects'} {r['error']['name']}: {r['error']['message']}"
    if ev == "connect":
        return f"{r['fn']} gets port {r['port'][:40]}"
    if ev == "message":
        return f"{r['fn']} on {r['port'][:40]}: {text(r['value'], 80)}"
    if ev == "disconnect":
        err = r["lastError"] or (r["portError"] or {}).get("message")
        where = " (lastError)" if r["lastError"] else " (port.error)" if err else ""
        return f"{r['fn']} onDisconnect of {r['port'][:40]}" + (f", error “{err}”{where}" if err else ", no error")
    if ev == "runtime-message":
        return f"{r['fn']} gets {text(r['value'], 60)}"
    if ev == "uncaught":
        return f"error event: {r['error'].get('message')}"
    if ev == "agent-start":
        return f"starts (connect: {r['connectType']})"
    if ev == "agent-gone":
        return f"{r['of']} gone" if "@main" not in r["of"] else None
    if ev == "pagehide":
        return None if r["ctx"].endswith("@main") else f"pagehide persisted={r['persisted']}"
    rest = {k: v for k, v in r.items() if k not in ("t", "ctx", "ev", "gen", "phase")}
    return f"{ev} {text(rest)}"


def phases(recs):
    out = {}
    for r in recs:
        o = outcome(r)
        if o is None:
            continue
        ctx = r["ctx"] + (f"#{r['gen']}" if r.get("gen", 1) > 1 else "")
        out.setdefault(r.get("phase", 0), {}).setdefault(ctx, []).append(mask(o))
    return out


def mask(s):
    s = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", s)
    s = re.sub(r"localhost:\d+", "localhost:PORT", s)
    return re.sub(r"\b[a-p]{32}\b", "EXTID", s)


def cell(by_ctx):
    if not by_ctx:
        return "—"
    return "<br>".join(f"**{c}** {x}" for c in sorted(by_ctx) for x in by_ctx[c]).replace("|", "\\|").replace("\n", " ")


def table(name):
    scenario = json.loads((HERE / "scenarios" / f"{name}.json").read_text())
    a, b = load("chromium", name), load("firefox", name)
    if a is None or b is None:
        return f"## {name}: {scenario['title']}\n\n(not recorded in both browsers)\n"
    pa, pb = phases(a), phases(b)
    rows = [f"## {name}: {scenario['title']}", "", "| # | step | Chromium | Firefox | |", "|--:|---|---|---|---|"]
    for i in sorted(set(pa) | set(pb) | set(range(1, len(scenario["steps"]) + 1))):
        step = scenario["steps"][i - 1] if 0 < i <= len(scenario["steps"]) else {}
        ca, cb = cell(pa.get(i)), cell(pb.get(i))
        what = (label(step) if step else "start-up").replace("|", "\\|")
        if what.startswith("*"):
            rows.append(f"| | {what} | | | |")
        elif ca == cb == "—":
            rows.append(f"| {i} | {what} | — | — | |")
        else:
            rows.append(f"| {i} | {what} | {ca} | {cb if cb != ca else 'same'} | {'' if ca == cb else '≠'} |")
    return "\n".join(rows) + "\n"


def main():
    names = sorted(p.stem for p in (HERE / "scenarios").glob("*.json"))
    if len(sys.argv) > 1:
        for n in names:
            if any(n.startswith(a) for a in sys.argv[1:]):
                sys.stdout.buffer.write(table(n).encode("utf-8", "replace") + b"\n")
        return
    text_ = "# Side by side, every scenario (written by compare.py)\n\n" + "\n".join(table(n) for n in names)
    (HERE / "side-by-side.md").write_bytes(text_.encode("utf-8", "replace"))
    print("side-by-side.md", len(names), "scenarios")


if __name__ == "__main__":
    main()
