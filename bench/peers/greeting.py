"""A module that imports two others, to be called elsewhere."""
from shout import shout
from words import WORDS


def greet(name):
    return shout(" ".join([*WORDS, name]))
