"""2^60 numbers announced: refused before anything is allocated."""

import json
import os


def double(x):
    array = {"dtype": "float32", "shape": [1 << 60]}
    text = json.dumps({"kind": "ok", "arrays": [array]}).encode()
    for file in range(3, 64):
        try:
            os.write(file, len(text).to_bytes(4, "big") + text)
        except OSError:
            pass
    return 2 * x + 1


def area(width, height):
    return width * height
