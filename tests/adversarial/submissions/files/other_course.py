def homework(x):
    return x
