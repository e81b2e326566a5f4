"""As much of curl as the shell example uses, for machines that have none: curl -sS URL -H HEADER --data-binary TEXT|@-"""

import sys
import urllib.error
import urllib.request


def main(words: list[str]) -> None:
    """Sends the request and prints the answer's body, whatever its status."""
    url, body = "", b""
    headers: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        if word == "-H":
            name, colon, value = next(rest).partition(":")
            headers |= {name: value.strip()} if colon else {}
        elif word == "--data-binary":
            text = next(rest)
            body = sys.stdin.buffer.read() if text == "@-" else text.encode()
        elif not word.startswith("-"):
            url = word
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
            sys.stdout.buffer.write(answer.read())
    except urllib.error.HTTPError as refused:
        sys.stdout.buffer.write(refused.read())


if __name__ == "__main__":
    main(sys.argv[1:])
