"""Try-it panels of this lecture, declared as data: there are none yet."""
