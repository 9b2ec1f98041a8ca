"""The mistakes that Parts V and VI promise to catch are among the misconceptions; `test_catalogue` proves that each is caught."""

import pytest

from autograder import misconceptions

PROMISED = {
    "flipped kernel": "convolution.Conv2d/flipped-kernel",
    "stride ignored in backward": "convolution.Conv2d/stride-ignored-in-backward",
    "padding not cropped": "convolution.Conv2d/padding-not-cropped",
    "padding cropped at one corner": "convolution.Conv2d/padding-cropped-at-one-corner",
    "bias per pixel": "convolution.Conv2d/bias-per-pixel",
    "parameters counted with a bias per weight": "convolution.conv_num_parameters/a-bias-for-every-weight",
    "parameters counted as on the slide": "convolution.conv_num_parameters/the-slides-biases",
    "floor where the shape must fit exactly": "convolution.conv_output_size/floors",
    "floor in the layer": "convolution.Conv2d/floors",
    "gradient fed to every tie": "convolution.MaxPool2d/gradient-to-every-tie",
    "average pooling without 1/k²": "convolution.AvgPool2d/gradient-not-divided",
    "channel and batch order swapped": "convolution.Conv2d/channels-and-images-swapped",
    "float64 leaking out of float32, forward": "convolution.Conv2d/float64-in-forward",
    "float64 leaking out of float32, backward": "convolution.Conv2d/float64-in-backward",
    "input mutated by padding": "convolution.Conv2d/x-changed-by-padding",
    "wrong for non-square windows": "convolution.Conv2d/padding-sides-swapped",
    "wrong for non-square images": "convolution.Conv2d/height-and-width-swapped",
    "unbiased variance in the batch": "normalization.BatchNorm1d/unbiased-in-the-batch",
    "momentum the wrong way round": "normalization.BatchNorm1d/momentum-reversed",
    "running statistics updated in evaluation": "normalization.BatchNorm1d/updated-in-evaluation",
    "running statistics not updated at all": "normalization.BatchNorm1d/never-updated",
    "gradient through the mean forgotten": "normalization.BatchNorm1d/gradient-through-the-mean-forgotten",
    "gradient through the variance forgotten": "normalization.BatchNorm1d/gradient-through-the-variance-forgotten",
    "gradient through both forgotten": "normalization.BatchNorm1d/mean-and-variance-constant",
    "γ and β per pixel": "normalization.BatchNorm2d/weight-and-bias-per-pixel",
    "dropout not scaled": "dropout.Dropout/not-scaled",
    "dropout scaled in evaluation": "dropout.Dropout/scaled-in-evaluation",
    "mask redrawn in backward": "dropout.Dropout/mask-redrawn",
    "Adam without bias correction": "optimizers.Adam/no-bias-correction",
    "Adam with steps counted from zero": "optimizers.Adam/counts-from-zero",
    "Adam with ε inside the root": "optimizers.Adam/epsilon-inside",
    "Adam with state shared by parameters": "optimizers.Adam/shared-by-parameters",
    "Adam with state shared by optimizers": "optimizers.Adam/shared-by-optimizers",
    "AdaGrad forgetting": "optimizers.AdaGrad/forgets",
    "velocity sign": "optimizers.Momentum/velocity-sign",
    "Kaiming by fan-out": "initialization.kaiming/fan-out",
    "Xavier by fan-in alone": "initialization.xavier/fan-in-only",
    "Xavier by fan-out alone": "initialization.xavier/fan-out-only",
    "std for variance, Gaussian": "initialization.gaussian/std-for-variance",
    "std for variance, Xavier": "initialization.xavier/std-for-variance",
    "std for variance, Kaiming": "initialization.kaiming/std-for-variance",
    "normalization fitted on the test set": "preprocessing.Standardizer/fitted-on-the-test-set",
    "normalization per image": "preprocessing.Standardizer/per-image",
    "flip of the wrong axis": "augmentation.random_flip/upside-down",
    "one flip for the whole batch": "augmentation.random_flip/one-draw-for-the-batch",
    "one crop for the whole batch": "augmentation.random_crop/one-draw-for-the-batch",
    "one tint for the whole batch": "augmentation.color_jitter/one-draw-for-the-batch",
    "the caller's images flipped": "augmentation.random_flip/in-place",
    "the caller's images cropped": "augmentation.random_crop/in-place",
    "the caller's images tinted": "augmentation.color_jitter/in-place",
    "sigmoid that overflows to the left": "activations.Sigmoid/overflow-to-the-left",
    "sigmoid that overflows to the right": "activations.Sigmoid/overflow-to-the-right",
}


@pytest.mark.parametrize("promise", PROMISED)
def test_a_promised_mistake_is_a_misconception(promise):
    assert PROMISED[promise] in {f"{each.exercise}/{each.name}" for each in misconceptions.everything()}
