"""The losses of CycleGAN and StarGAN. Each is a float32 scalar, a mean over the batch.

Zhu et al. 2017, Sec. 3, and Choi et al. 2018, Sec. 3; references:
junyanz/pytorch-CycleGAN-and-pix2pix, models/cycle_gan_model.py and GANLoss of
models/networks.py; yunjey/stargan, solver.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from edgegan.domains import Domain, label_groups
from edgegan.train.config_groups import GANMode


def generator_gan_loss(mode: GANMode, fake_logits: Any) -> Any:
    """Adversarial loss of a generator, which wants its images taken for real.

    Args:
        mode: "lsgan": mean((D(G(x)) - 1)^2), Mao et al. 2017, eq. 9. "vanilla":
            mean(-log sigmoid(D(G(x)))), Goodfellow et al. 2014, Sec. 3. "hinge" (Lim and
            Ye 2017) and "wgan-gp" (Gulrajani et al. 2017): -mean(D(G(x))).
        fake_logits: The discriminator's logits for translated images, `[N, h, w, 1]`.
    """
    fake = tf.cast(fake_logits, tf.float32)
    if mode == "lsgan":
        return tf.reduce_mean(tf.square(fake - 1.0))
    if mode == "vanilla":
        return tf.reduce_mean(tf.math.softplus(-fake))
    return -tf.reduce_mean(fake)


def discriminator_gan_loss(mode: GANMode, real_logits: Any, fake_logits: Any) -> Any:
    """Adversarial loss of a discriminator: its loss on real and that on fake images.

    The modes are those of `generator_gan_loss`; the gradient penalty of "wgan-gp" comes on
    top.

    Args:
        mode: Which loss.
        real_logits: For real images, `[N, h, w, 1]`.
        fake_logits: For translated images, the same shape.
    """
    real, fake = tf.cast(real_logits, tf.float32), tf.cast(fake_logits, tf.float32)
    if mode == "lsgan":
        on_real, on_fake = tf.square(real - 1.0), tf.square(fake)
    elif mode == "vanilla":
        on_real, on_fake = tf.math.softplus(-real), tf.math.softplus(fake)
    elif mode == "hinge":
        on_real, on_fake = tf.nn.relu(1.0 - real), tf.nn.relu(1.0 + fake)
    else:
        on_real, on_fake = -real, fake
    return tf.reduce_mean(on_real) + tf.reduce_mean(on_fake)


def gradient_penalty(discriminator: Callable[[Any], Any], real: Any, fake: Any, mix: Any) -> Any:
    """Penalise slopes other than 1 between real and fake images: mean((|slope| - 1)^2).

    Gulrajani et al. 2017, eq. 3. The slope is the gradient of an image's summed logits, as
    in the reference's cal_gradient_penalty.

    Args:
        discriminator: From images to logits.
        real: Real images, float32 `[N, H, W, C]`.
        fake: Translated images, the same shape.
        mix: Where to look: 1 at the real image, 0 at the fake one; `[N, 1, 1, 1]`.
    """
    between = tf.convert_to_tensor(mix * real + (1.0 - mix) * fake)
    with tf.GradientTape() as tape:
        tape.watch(between)
        logits = discriminator(between)
    slopes = tape.gradient(logits, between)
    # The small term keeps the root's own gradient finite where the slope is 0.
    norms = tf.sqrt(tf.reduce_sum(tf.square(slopes), axis=[1, 2, 3]) + 1e-12)
    return tf.reduce_mean(tf.square(norms - 1.0))


def l1_loss(images: Any, targets: Any) -> Any:
    """Mean absolute difference, for cycle consistency (eq. 2) and identity (Sec. 5.2).

    Args:
        images: `[N, H, W, C]`, float in [-1, 1].
        targets: The same shape.
    """
    return tf.reduce_mean(tf.abs(tf.cast(images, tf.float32) - tf.cast(targets, tf.float32)))


def classification_loss(domains: Sequence[Domain], logits: Any, labels: Any) -> Any:
    """Tell how far the domains that a discriminator sees are from the labels.

    Choi et al. 2018, eq. 5 and 6: the cross entropy, binary and summed over toggles and
    groups that may be empty (CelebA's attributes), softmax over one-hot groups (RaFD's
    classes). Of several data sets only the one counts that the mask vector of a label tells
    (Sec. 3.3): logits of the others get a gradient of exactly zero.

    Args:
        domains: The meaning of the entries.
        logits: Of the domains, `[N, len(domains)]`.
        labels: 0 and 1, `[N, label_length(domains)]`: the domains, then the mask, if any.
    """
    logits, labels = tf.cast(logits, tf.float32), tf.cast(labels, tf.float32)
    masks = labels[:, len(domains) :]
    total = tf.zeros(tf.shape(logits)[:1])
    for group in label_groups(domains):
        mine, truth = (tf.gather(x, group.columns, axis=1) for x in (logits, labels))
        if group.one_hot:
            entropy = tf.nn.softmax_cross_entropy_with_logits(truth, mine)
        else:
            entropy = tf.reduce_sum(
                tf.nn.sigmoid_cross_entropy_with_logits(labels=truth, logits=mine), axis=1
            )
        known = masks[:, group.dataset] if masks.shape[1] else 1.0
        total += entropy * known
    return tf.reduce_mean(total)
