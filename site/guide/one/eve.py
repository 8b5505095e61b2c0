def softmax(x):
    raise NotImplementedError("your code goes here")
