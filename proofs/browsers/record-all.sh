#!/bin/sh
# Records every scenario anew in both browsers and says where that differs from the recordings kept here.
#
#     ./record-all.sh DIR [PREFIX...]
#
# Traces go to DIR/chromium/ and DIR/firefox/; nothing in this folder is written to. With prefixes only
# scenarios whose names begin so. Exit 1 if a step of any scenario differs or could not be recorded.
set -u
[ $# -ge 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1/chromium" "$1/firefox" && dir=$(cd "$1" && pwd) || exit 2
shift
cd "$(dirname "$0")" || exit 2
[ -x venv/bin/python3 ] || ./setup.sh || exit 2
[ $# -ge 1 ] || set -- ''
status=0
for browser in chromium firefox; do
    for prefix in "$@"; do
        python3 record.py --browser "$browser" -o "$dir/$browser/" scenarios/"$prefix"*.json || status=1
    done
done
for browser in chromium firefox; do
    for prefix in "$@"; do
        for scenario in scenarios/"$prefix"*.json; do
            name=$(basename "$scenario")
            kept=traces/$browser/$name again=traces-again/$browser/$name new=$dir/$browser/$name
            [ -e "$kept" ] || continue
            [ -e "$new" ] || { echo "$browser ${name%.json}: not recorded"; status=1; continue; }
            [ -e "$again" ] || again=$kept
            said=$(python3 agree.py "$scenario" "$kept" "$new" --also "$again") || status=1
            echo "$browser ${name%.json}: $(echo "$said" | tail -n 1)"
            echo "$said" | sed '$d' | cut -c 1-300
        done
    done
done
exit $status
