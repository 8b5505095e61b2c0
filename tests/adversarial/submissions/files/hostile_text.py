def double(x):
    raise ValueError("::error::x\r\n<script>alert(1)</script>\0=cmd()|\x1b[2J")


def area(width, height):
    return width * height
