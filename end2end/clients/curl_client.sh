#!/bin/sh
# curl against a Brooklet that has ollama-sim behind it: curl_client.sh http://127.0.0.1:3000
set -eu

ask() {
    curl -sSN --fail-with-body --max-time 60 --noproxy '*' "$1/v1/chat/completions" \
        -H "Authorization: Bearer ${BROOKLET_KEY:-none}" -H 'Content-Type: application/json' \
        -d '{"model":"sim:tokens=20,rate=400","stream":true,"messages":[{"role":"user","content":"hi"}]}'
}

answer=$(ask "$1")
case $answer in
'data: {'*'"role":"assistant"'*'"finish_reason":"stop"'*'data: [DONE]') echo "curl: all is well" ;;
*)
    printf 'this is no whole answer:\n%s\n' "$answer" >&2
    exit 1
    ;;
esac
