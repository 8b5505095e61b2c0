"""A folder of submissions: read, graded, recorded."""
