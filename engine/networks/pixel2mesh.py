"""Pixel2Mesh: a mesh deformed in blocks by what the image shows at its vertices
(Wang et al., TPAMI 2020; for faces Liu et al.).

Coordinates are in halves of the image's side from its middle, y down and z towards the viewer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor, nn

from engine.networks.backbones import BackboneConfig, build_backbone
from engine.networks.graph_convolution import GraphConvolution, Neighbours, residual_blocks
from engine.networks.graph_unpooling import GraphUnpooling
from engine.networks.mesh_levels import MeshLevel, StartMesh
from engine.networks.projection_pooling import PooledGraphConvolution


@dataclass(frozen=True, slots=True)
class Pixel2MeshConfig:
    """Sizes of the network; the defaults are those of Pixel2Mesh for faces (section 5.4.3).

    Attributes:
        backbone: where the image's features come from.
        taps: which of its maps are pooled.
        image_size: pixels per side of the images.
        crop: `head` or `box`: which crop of a photograph the network reads.
        hidden: channels of the graph convolutions.
        layers: graph convolutions of a block.
        blocks: deformation blocks, each on a finer mesh.
        unpools: whether blocks go from a coarse mesh to a fine one; else all of them work on the
            finest (the ablation of section 5.5.1).
        adaptive: whether unpooling learns where an edge is split.
        shortcut: whether the graph networks are residual.
        deforms: whether a block's output is added to the vertices' coordinates; else it is
            the coordinates.
        coordinates: whether every block reads the coordinates, not only the first.
        steers: whether gradients flow through the places at which features are pooled, too.
        colours: whether the last block has a branch for the vertices' colours.
        start: `mean`, the mean face posed by five points; `ellipsoid` or `semi-sphere`, the
            papers' own starts at a fixed place.
    """

    backbone: BackboneConfig = field(default_factory=lambda: BackboneConfig("vgg16"))
    taps: tuple[int, ...] = (2, 3, 4)
    image_size: int = 224
    crop: Literal["head", "box"] = "head"
    hidden: int = 128
    layers: int = 14
    blocks: int = 4
    unpools: bool = True
    adaptive: bool = False
    shortcut: bool = True
    deforms: bool = False
    coordinates: bool = False
    steers: bool = True
    colours: bool = True
    start: Literal["mean", "ellipsoid", "semi-sphere"] = "ellipsoid"


def published() -> Pixel2MeshConfig:
    """The network as set for objects: three blocks, 156 to 2466 vertices."""
    return Pixel2MeshConfig(blocks=3)


def published_for_heads() -> Pixel2MeshConfig:
    """The same as set for human heads: four blocks, 9858 vertices."""
    return Pixel2MeshConfig()


@dataclass(frozen=True, slots=True, eq=False)
class CameraPoses:
    """Weak-perspective poses in pixels of the network's image, as `WeakPerspective`:
    rotations `(B, 3, 3)`, scales `(B,)`, translations `(B, 2)`."""

    rotations: Tensor
    scales: Tensor
    translations: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class DeformedMeshes:
    """What each block was given and made, vertices first: `(V, B, 3)` per block.

    Attributes:
        befores, afters: coordinates before and after each block.
        colours: `(V, B, 3)` in [0, 1] of the last mesh, or None.
    """

    befores: tuple[Tensor, ...]
    afters: tuple[Tensor, ...]
    colours: Tensor | None


class DeformationBlock(nn.Module):
    """Pools features at the vertices and moves them by a graph ResNet of `layers` layers."""

    def __init__(
        self, level: MeshLevel, config: Pixel2MeshConfig, channels: Sequence[int], given: int
    ) -> None:
        super().__init__()
        neighbours = Neighbours(level)
        self.entry = PooledGraphConvolution(neighbours, channels, given, config.hidden)
        self.middle = residual_blocks(neighbours, config.hidden, config.layers, config.shortcut)
        self.exit = GraphConvolution(neighbours, config.hidden, 3)
        if config.deforms:
            # Begins as no deformation at all, so training starts at the posed start.
            nn.init.normal_(self.exit.own.weight, std=1e-3)
            nn.init.normal_(self.exit.others.weight, std=1e-3)

    def forward(self, maps: Sequence[Tensor], places: Tensor, given: Tensor) -> Tensor:
        """Features `(V, B, hidden)`."""
        entered = torch.relu(self.entry.pooled(maps, places, given))
        features: Tensor = self.middle(entered)
        return features


class Pixel2Mesh(nn.Module):
    """Images to meshes, from coarse to fine.

    Args:
        config: its sizes.
        start: the surface that is deformed; posed if `config.start` is `mean`.
    """

    coarse: Tensor
    names: Tensor

    def __init__(self, config: Pixel2MeshConfig, start: StartMesh) -> None:
        super().__init__()
        self.config, self.start = config, start
        levels = start.levels(config.blocks)
        self.levels = levels if config.unpools else levels[-1:] * config.blocks
        self.backbone = build_backbone(config.backbone)
        channels = [self.backbone.channels[tap] for tap in config.taps]
        # A posed start says where a vertex is seen, but no more which vertex it is.
        first = 6 if start.posed else 3
        later = config.hidden + (3 if config.coordinates else 0)
        self.blocks = nn.ModuleList(
            DeformationBlock(level, config, channels, later if index else first)
            for index, level in enumerate(self.levels)
        )
        self.unpoolings = nn.ModuleList(
            GraphUnpooling(level, config.adaptive)
            for level in (self.levels[:-1] if config.unpools else ())
        )
        self.painter = (
            GraphConvolution(Neighbours(self.levels[-1]), config.hidden, 3)
            if config.colours
            else None
        )
        self._store_start(start)

    def _store_start(self, start: StartMesh) -> None:
        first = 1 if self.config.unpools else self.config.blocks
        coarse = torch.from_numpy(start.vertices_on(first).copy())
        spread = coarse.std().clamp(min=1e-6)
        self.register_buffer("coarse", coarse, persistent=False)
        self.register_buffer("names", (coarse - coarse.mean(0)) / spread, persistent=False)
        for index, level in enumerate(self.levels[: len(self.unpoolings)] if start.posed else ()):
            rows = torch.from_numpy(start.vertices[index].copy())
            start_edge, end_edge = torch.from_numpy(level.edges.copy()).T
            middle = torch.cat([rows, (rows[start_edge] + rows[end_edge]) / 2])
            finer = torch.from_numpy(start.vertices[index + 1].copy())
            self.register_buffer(f"detail_{index}", finer - middle, persistent=False)

    def forward(
        self, images: Tensor, poses: CameraPoses | None = None, blocks: int | None = None
    ) -> DeformedMeshes:
        """Deform the start by images `(B, 3, S, S)`.

        Args:
            poses: of the start; needed if it is posed.
            blocks: how many to run, all if None.
        """
        taps = self.backbone(images)
        maps = [taps[tap] for tap in self.config.taps]
        places, given = self._begin(len(images), poses)
        befores, afters = [], []
        features = given
        for index, block in enumerate(self.blocks[:blocks]):
            if index:
                if self.config.unpools:
                    places, features = self._unpool(index - 1, places, features, poses)
                given = torch.cat([features, places], 2) if self.config.coordinates else features
            befores.append(places)
            pooled_at = places[..., :2] if self.config.steers else places[..., :2].detach()
            features = block(maps, pooled_at, given)
            moved = self._displacements(index, features)
            places = places + moved if self.config.deforms else moved
            afters.append(places)
        colours = None
        if self.painter is not None and len(afters) == self.config.blocks:
            with torch.autocast(images.device.type, enabled=False):
                colours = torch.sigmoid(self.painter(features.float()))
        return DeformedMeshes(tuple(befores), tuple(afters), colours)

    def _displacements(self, index: int, features: Tensor) -> Tensor:
        """What block `index` says of coordinates, always in 32 bits."""
        block = self.blocks[index]
        assert isinstance(block, DeformationBlock)
        with torch.autocast(features.device.type, enabled=False):
            moved: Tensor = block.exit(features.float())
        return moved

    def _begin(self, count: int, poses: CameraPoses | None) -> tuple[Tensor, Tensor]:
        """Coordinates and given features of the start, `(V, B, …)`."""
        if not self.start.posed:
            places = self.coarse[:, None].expand(-1, count, -1).contiguous()
            return places, places
        if poses is None:
            raise ValueError("This network starts at a posed mean face: give it the poses.")
        places = self._turned(self.coarse, poses)
        shift = (poses.translations - self.config.image_size / 2) / (self.config.image_size / 2)
        places = places + torch.nn.functional.pad(shift, (0, 1))
        names = self.names[:, None].expand(-1, count, -1)
        return places, torch.cat([places, names], 2)

    def _turned(self, vectors: Tensor, poses: CameraPoses) -> Tensor:
        """Vectors `(V, 3)` in mm as the cameras see them, `(V, B, 3)`."""
        down = vectors.new_tensor([1.0, -1.0, 1.0])
        scale = poses.scales / (self.config.image_size / 2)
        turned = torch.einsum("bij,vj->vbi", poses.rotations, vectors)
        return turned * scale[:, None] * down

    def _unpool(
        self, index: int, places: Tensor, features: Tensor, poses: CameraPoses | None
    ) -> tuple[Tensor, Tensor]:
        unpooling = self.unpoolings[index]
        finer = unpooling(places)
        if self.start.posed and poses is not None:
            # What the finer mean face has and the middles of the coarser one's edges lack.
            finer = finer + self._turned(self.get_buffer(f"detail_{index}"), poses)
        return finer, unpooling(features)
