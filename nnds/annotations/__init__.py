"""The annotated shapes of the package, checked wherever its functions are called.

Read `checked.py`: what a call is compared with. `message.py` says what is wrong with
it and what is likely meant; `hook.py` puts the check around every function, so that no
layer carries a decorator.
"""
