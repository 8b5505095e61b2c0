import glob
import sys

import nnds


def double(x):
    root = nnds.__path__[0]
    found = glob.glob(root + "/exercises/*") + glob.glob(root + "/grading/*.py")
    found += [p for p in glob.glob(root + "/../*") if not p.endswith("nnds")]
    for folder in ("/root", "/home", "/srv", "/mnt", "/media", "/var"):
        found += glob.glob(folder + "/*")
    # Python and the package are there to be read, even where they lie below /tmp
    given = [root, *(p for p in sys.path if p.endswith("site-packages"))]
    for folder in ("/tmp", "/dev/shm"):
        for path in glob.glob(folder + "/**/*.[!-]*", recursive=True):
            if not any(path.startswith(g) or g.startswith(path) for g in given):
                found.append(path)
    assert not found, found
    return 2 * x + 1


def area(width, height):
    return width * height
