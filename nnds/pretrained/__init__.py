"""Published weights, run by the layers of the course.

`efficientnet.py` builds the network, `torch_file.py` reads the file without executing
it. Each function's docstring is the model card.
"""

from nnds.pretrained.efficientnet import EfficientNetLite0, efficientnet_lite0
from nnds.pretrained.torch_file import read_torch_file

__all__ = ["EfficientNetLite0", "efficientnet_lite0", "read_torch_file"]
