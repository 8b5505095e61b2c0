"""nnds: neural networks as pure functions, one file per topic.

Nothing is re-exported: import the topic you read, `from nnds.conv import conv2d`.
The order in which to read the files is the order of the course:

1. `init`, `losses`: where parameters come from, and what training makes small.
2. `dense`: the affine map and the multilayer perceptron (lecture 5).
3. `conv`: convolution, pooling and LeNet-5 (lecture 7).
4. `sets`: functions of sets, invariant and equivariant (lecture 10).
5. `attention`: scaled dot-product and multi-head attention (lecture 10).
6. `graph`: normalised adjacency and graph convolution (lecture 12).
7. `train`: the one training loop, on optax.
8. `data`, `plot`: the real data of the lectures, and their figures.

`nnds list` in a terminal prints the lectures, `nnds run 7` runs one.
"""
