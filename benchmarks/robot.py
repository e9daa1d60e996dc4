"""A robot with a shaky hand that reviews labels of which the truth is known, as a sensible person would."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from scipy.ndimage import binary_erosion, distance_transform_edt, find_objects, label

from napari_crystalseg.absorption import Coefficients, Directions
from napari_crystalseg.box import grown
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.review.edits.change import Change
from napari_crystalseg.review.edits.edited_labels import EditedLabels
from napari_crystalseg.review.edits.policy import EVERYTHING, EditPolicy
from napari_crystalseg.review.places.place import Place
from napari_crystalseg.review.places.place_stroke import stroke_about
from napari_crystalseg.review.places.ranking import rank_places
from napari_crystalseg.review.tools.clicks.click import Click
from napari_crystalseg.review.tools.clicks.network_clicks import NetworkClicks
from napari_crystalseg.review.tools.facets.convex import hull_of, make_convex
from napari_crystalseg.review.tools.facets.fit import fit_facets
from napari_crystalseg.review.tools.facets.snap import shift_facet, snap_to_facets
from napari_crystalseg.review.tools.pieces.relabel import merge_classes, relabel_piece
from napari_crystalseg.review.tools.scene import Scene
from napari_crystalseg.review.tools.strokes.ball import ball_stroke
from napari_crystalseg.review.tools.strokes.interpolation import interpolate_slices
from napari_crystalseg.review.tools.surfaces.edge_snap import SnapToEdges, snap_to_edges
from napari_crystalseg.segmentation import ClassProbabilities
from napari_crystalseg.volume import Volume

JITTER_VOXELS = 1.5
WRONG = 0.05
LEAST_WRONG_VOXELS = 8
LOOK_VOXELS = 8
ROWS = 15
LISTS = 3
MOSTLY_WRONG = 0.6
ACTIONS_OF_A_ROW = 3
LUMP = 0.02
"""Part of the crystal that nobody overlooks."""
LEAST_OF_FACET = 45
"""Wrong voxels for which a facet is moved."""
WORTH_IT = 0.3
"""A suggestion is taken that mends so much of what is wrong about its place."""
PARTS, FACETS = 3, 1
"""Wrong parts of a place that are thought about, and facets that are tried one after the other in vain."""
PATIENCE = 4
"""A tool whose preview was dropped is tried again after so many other actions."""
LAST_ACTIONS = 2
"""Kept for what is done to the whole crystal at the end."""
EDGES_VOXELS = 3.0
SHEET_VOXELS = 3.5
"""Wrong parts that are no thicker are a surface in a wrong place."""
OUTLINES = (0.04, 0.25, 0.5, 0.75, 0.96)
"""Slices in which a crystal is drawn, in parts of its extent."""
FIRST_CLICKS, WELL_BEGUN, MUCH_HELP = 3, 0.75, 0.1
CLICKS = NetworkClicks()


def dice(data: np.ndarray, truth: np.ndarray) -> float:
    """Overlap of the crystals, 0 to 1."""
    one, other = data == Material.CRYSTAL, truth == Material.CRYSTAL
    return float(2 * np.count_nonzero(one & other) / max(np.count_nonzero(one) + np.count_nonzero(other), 1))


@dataclass(frozen=True, eq=False)
class Wrong:
    """A connected part that has one class and should have another.

    Parameters
    ----------
    box : (slice, slice, slice)
        Where, along (z, y, x).
    mask : ndarray of bool, shape of the box
        Its voxels.
    was, should : int
        Its class, and what it should be.
    """

    box: tuple[slice, slice, slice]
    mask: np.ndarray
    was: int
    should: int

    @property
    def voxels(self) -> int:
        """Number of voxels."""
        return int(np.count_nonzero(self.mask))

    @property
    def depth(self) -> np.ndarray:
        """Distance of each voxel of the box from the part's surface, voxels."""
        return np.asarray(distance_transform_edt(np.pad(self.mask, 1))[1:-1, 1:-1, 1:-1])

    def points(self, mask: np.ndarray | None = None) -> np.ndarray:
        """Voxels of the part, or of a mask of its box, shape (point, 3)."""
        return np.argwhere(self.mask if mask is None else mask) + [side.start for side in self.box]


@dataclass(eq=False)
class Robot:
    """Who reviews.

    Parameters
    ----------
    edited : EditedLabels
        Labels under review.
    truth : ndarray of uint8, shape (z, y, x)
        What the picture shows.
    volume : Volume
        Voxel values.
    probabilities : ClassProbabilities
        Of the network.
    coefficients, directions
        For the ranked list.
    rng : numpy.random.Generator
        The shaky hand.
    most : int
        Actions at most.
    """

    edited: EditedLabels
    truth: np.ndarray
    volume: Volume
    probabilities: ClassProbabilities
    coefficients: Coefficients
    directions: Directions
    rng: np.random.Generator
    most: int
    actions: list[str] = field(default_factory=list)
    rows: int = 0
    seen: list[Place] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    refused_facets: int = 0

    @property
    def data(self) -> np.ndarray:
        """Labels as they are."""
        return self.edited.data

    @property
    def size(self) -> tuple[float, float, float]:
        """Voxel size along (z, y, x), µm."""
        return self.edited.voxel_size_um

    def left(self, kept: int = 0) -> int:
        """Actions that are left, but for some that are kept."""
        return self.most - kept - len(self.actions)

    def review(self) -> None:
        """Walk the list until all actions are spent, or nothing more looks wrong; then look at the whole crystal."""
        if dice(self.data, self.truth) < MOSTLY_WRONG:
            for _ in range(FIRST_CLICKS):
                before = dice(self.data, self.truth)
                if not self.click_crystal() or dice(self.data, self.truth) < before + MUCH_HELP:
                    break
            if dice(self.data, self.truth) < WELL_BEGUN:
                self.draw()
        for _ in range(LISTS):
            if self.left(LAST_ACTIONS) <= 0 or not (self.data == Material.CRYSTAL).any():
                break
            found = rank_places(
                Labels(self.data.copy(), self.size),
                self.coefficients,
                self.directions,
                volume=self.volume,
                probabilities=self.probabilities,
                reviewed=self.seen,
                most=ROWS,
            )
            for place in found.places:
                if self.left(LAST_ACTIONS) <= 0:
                    break
                self.rows += 1
                self.seen.append(place)
                self.mend(place)
        self.finish()

    def click_crystal(self) -> bool:
        """Click into the largest piece that should be crystal and is not, or the reverse; whether that helped."""
        lacks = (self.truth == Material.CRYSTAL) & (self.data != Material.CRYSTAL)
        parts, number = label(lacks, np.ones((3, 3, 3)))
        more, _ = label((self.data == Material.CRYSTAL) & (self.truth != Material.CRYSTAL), np.ones((3, 3, 3)))
        parts = np.where(more > 0, more + number, parts)
        sizes = np.bincount(parts.reshape(-1))
        sizes[0] = 0
        depth = distance_transform_edt(np.pad(parts == sizes.argmax(), 1))[1:-1, 1:-1, 1:-1]
        at = np.unravel_index(depth.argmax(), depth.shape)
        click = Click(self.near(np.array(at)), self.said(int(self.truth[at])))
        return self.try_out(CLICKS.propose(self.data, self.volume, [click]), "click")

    def mend(self, place: Place) -> None:
        """Do at a place what a person would: take the suggestion where it is right, then the worst beside it."""
        box, stroke = stroke_about(place.box, place.mask, self.data.shape)
        if np.count_nonzero((self.truth[box] != self.data[box]) & stroke) < LEAST_WRONG_VOXELS:
            return
        wide = grown(box, (LOOK_VOXELS,) * 3, self.data.shape)
        wrong_here = int(np.count_nonzero(self.truth[wide] != self.data[wide]))
        change = place.change()
        if change is not None:
            worth_it = self.gain(change) > WORTH_IT * wrong_here
            if worth_it != self.slips():
                self.make(change, "accept")
        for _ in range(ACTIONS_OF_A_ROW):
            before = len(self.actions)
            # What no tool comes to mind for is left for later, and the next part is looked at.
            for wrong in self.parts(wide)[:PARTS]:
                if self.left(LAST_ACTIONS) <= 0:
                    return
                if self.mend_part(wrong):
                    break
                if len(self.actions) > before:
                    return
            else:
                return

    def parts(self, box: tuple[slice, slice, slice]) -> list[Wrong]:
        """The wrong parts that are seen in a box, as far as they go, largest first; crystal counts twice."""
        found = []
        differs = self.truth != self.data
        crystal = np.count_nonzero(self.data == Material.CRYSTAL)
        for was in np.unique(self.data[box][differs[box]]):
            for should in np.unique(self.truth[box][differs[box] & (self.data[box] == was)]):
                parts, _ = label((self.data == was) & (self.truth == should))
                boxes = find_objects(parts)
                for number in np.unique(parts[box])[1:] if (parts[box] == 0).any() else np.unique(parts[box]):
                    own = boxes[number - 1]
                    mask = parts[own] == number
                    voxels = np.count_nonzero(mask)
                    if voxels <= LEAST_WRONG_VOXELS:
                        continue
                    worth = voxels * (2 if Material.CRYSTAL in (was, should) else 1)
                    # What sticks to the crystal goes first: it is in the way of all that looks at its shape.
                    worth *= 4 if was == Material.CRYSTAL and voxels > LUMP * crystal else 1
                    found.append((worth, Wrong(own, mask, int(was), int(should))))
        return [wrong for _, wrong in sorted(found, key=lambda pair: -pair[0])]

    def mend_part(self, wrong: Wrong) -> bool:
        """Take the tool that a person would for a wrong part; return whether it did something."""
        depth = wrong.depth
        at_air = Material.AIR in (wrong.was, wrong.should)
        of_crystal = Material.CRYSTAL in (wrong.was, wrong.should)
        if float(depth.max()) > SHEET_VOXELS:
            at_hand = [("convex", wrong.should == Material.CRYSTAL), ("piece", True), ("click", True), ("stroke", True)]
        else:
            at_hand = [
                ("edges", at_air),
                ("convex", wrong.should == Material.CRYSTAL),
                ("piece", True),
                ("edges here", at_air),
                ("crystal edges", of_crystal and wrong.voxels > LEAST_OF_FACET),
                ("facet", of_crystal and wrong.voxels > LEAST_OF_FACET),
                ("stroke", True),
            ]
        for name, fits in at_hand:
            if fits and self.may(name) and self.comes_to_mind(name, wrong):
                return self.try_out(*self.proposal(name, wrong, depth))
        return False

    def comes_to_mind(self, name: str, wrong: Wrong) -> bool:
        """Whether a person who looks at a wrong part would think of a tool."""
        if name == "convex":
            return self.between(wrong) > 0.5 and not self.sees_lump()
        if name == "piece":
            return wrong.voxels > 0.8 * self.whole_piece(wrong)
        return True

    def sees_lump(self) -> bool:
        """Whether something thick sticks to the crystal that is none."""
        lump = binary_erosion((self.data == Material.CRYSTAL) & (self.truth != Material.CRYSTAL), iterations=2)
        return bool(np.count_nonzero(lump) > LUMP * np.count_nonzero(self.data == Material.CRYSTAL))

    def proposal(self, name: str, wrong: Wrong, depth: np.ndarray) -> tuple[Change | None, str, EditPolicy]:
        """What a tool proposes for a wrong part, its name, and what edits are limited to."""
        if name == "stroke":
            return self.stroked(wrong, depth)
        simple = {"edges": self.edges, "crystal edges": self.crystal_edges, "convex": self.convex}
        if name in simple:
            return simple[name](), name, EVERYTHING
        pointed = {
            "piece": self.piece,
            "edges here": self.edges_here,
            "click": self.clicked,
        }
        if name in pointed:
            return pointed[name](wrong, depth), name, EVERYTHING
        return self.facet(wrong), name, EVERYTHING

    def may(self, name: str) -> bool:
        """Whether a tool is tried: not just after its preview was dropped."""
        if name == "facet" and self.refused_facets < FACETS:
            return True
        return name not in self.dropped or len(self.actions) >= self.dropped[name] + PATIENCE

    def finish(self) -> None:
        """Look at the whole crystal: between its parts, its facets, and the sample's surface."""
        steps = [
            (self.convex, "convex"),
            (self.crystal_edges, "crystal edges"),
            (self.snapped, "facets"),
            (self.edges, "edges"),
        ]
        for step, name in steps:
            if self.left() > 0 and self.looks_needed(name):
                change = step()
                if change is not None:
                    self.try_out(change, name)

    def looks_needed(self, name: str) -> bool:
        """Whether a person who looks at the whole would think of a tool."""
        lacks = (self.truth == Material.CRYSTAL) & (self.data != Material.CRYSTAL)
        if name == "convex":
            hull = hull_of(self.data == Material.CRYSTAL)
            return np.count_nonzero(hull & lacks) > 0.01 * np.count_nonzero(self.data == Material.CRYSTAL)
        if name == "edges":
            return bool(np.mean((self.truth > 0) != (self.data > 0)) > 0.02 * np.mean(self.truth > 0))
        return True

    def edges(self) -> Change | None:
        """The sample's surface on its edges."""
        over = (Material.LIQUOR, Material.CRYSTAL)
        within_um = EDGES_VOXELS * min(self.size)
        return snap_to_edges(self.data, np.asarray(self.volume.data), Material.AIR, within_um, self.size, over)

    def crystal_edges(self) -> Change | None:
        """The crystal's surface on its edges."""
        over = (Material.LIQUOR, Material.AIR)
        within_um = EDGES_VOXELS * min(self.size)
        return snap_to_edges(self.data, np.asarray(self.volume.data), Material.CRYSTAL, within_um, self.size, over)

    def about(self, wrong: Wrong, depth: np.ndarray) -> tuple[Scene, float]:
        """The cursor at the middle of a wrong part, and how far that reaches from there, µm."""
        points = wrong.points()
        middle = points[((points - points.mean(axis=0)) ** 2).sum(axis=1).argmin()]
        apart = np.linalg.norm((points - middle) * np.asarray(self.size), axis=1)
        point = tuple(float(at) for at in self.near(middle))
        scene = Scene(self.data, self.size, values=np.asarray(self.volume.data), point=point)
        return scene, float(np.quantile(apart, 0.95)) + min(self.size)

    def edges_here(self, wrong: Wrong, depth: np.ndarray) -> Change | None:
        """The sample's surface on its edges, about a wrong part."""
        scene, about_um = self.about(wrong, depth)
        within_um = max(2 * float(depth.max()), EDGES_VOXELS) * min(self.size)
        return SnapToEdges(within_um, about_um).propose(replace(scene, label=Material.AIR))

    def convex(self) -> Change | None:
        """The crystal with all between its parts."""
        over = (Material.LIQUOR, Material.AIR, Material.LOOP)
        try:
            return make_convex(self.data, self.size, over=over)
        except InputError:
            return None

    def snapped(self) -> Change | None:
        """The crystal within its facets."""
        try:
            return snap_to_facets(self.data, fit_facets(self.data, self.size), self.size)
        except InputError:
            return None

    def between(self, wrong: Wrong) -> float:
        """Part of what is wrong that lies between parts of the crystal."""
        try:
            hull = hull_of(self.data == Material.CRYSTAL)
        except InputError:
            return 0.0
        return float(np.mean(hull[wrong.box][wrong.mask]))

    def whole_piece(self, wrong: Wrong) -> int:
        """Voxels of the piece that a wrong part belongs to."""
        parts, _ = label(self.data == wrong.was, np.ones((3, 3, 3)))
        return int(np.count_nonzero(parts == parts[tuple(wrong.points()[0])]))

    def piece(self, wrong: Wrong, depth: np.ndarray) -> Change | None:
        """Another class for the piece under the cursor."""
        return relabel_piece(self.data, self.near(self.deepest(wrong, depth)), self.said(wrong.should), self.size)

    def facet(self, wrong: Wrong) -> Change | None:
        """The facet beside a wrong part moved by as much as that is thick."""
        try:
            facets = fit_facets(self.data, self.size)
        except InputError:
            return None
        # Each voxel belongs to the facet that it is furthest out of.
        away = wrong.points() * np.asarray(self.size) @ facets.normals.T - facets.offsets_um
        own = away.argmax(axis=1)
        # The one that most of it belongs to; the next after that did not help.
        order = np.argsort(-np.bincount(own), kind="stable")
        best = int(order[min(self.refused_facets, np.count_nonzero(np.bincount(own)) - 1)])
        # The middle of what is wrong lies half as far out as the facet belongs.
        by_um = 2 * float(np.median(away[own == best, best])) + self.rng.normal(0, 0.5 * min(self.size))
        try:
            over = (Material.LIQUOR, Material.AIR)
            return shift_facet(self.data, facets, best, by_um, self.size, over)
        except InputError:
            return None

    @staticmethod
    def deepest(wrong: Wrong, depth: np.ndarray) -> np.ndarray:
        """The deepest voxel of a part."""
        return np.array(np.unravel_index(depth.argmax(), depth.shape)) + [side.start for side in wrong.box]

    def clicked(self, wrong: Wrong, depth: np.ndarray) -> Change | None:
        """What a click near the deepest voxel proposes."""
        click = Click(self.near(self.deepest(wrong, depth)), self.said(wrong.should), True)
        return CLICKS.propose(self.data, self.volume, [click])

    def stroked(self, wrong: Wrong, depth: np.ndarray) -> tuple[Change | None, str, EditPolicy]:
        """A stroke of a ball through the deep voxels of a part, as thick as those, over its class alone."""
        points = wrong.points(depth >= 0.6 * depth.max())
        chosen = [points[0]]
        while len(chosen) < 8:
            apart = np.min([np.linalg.norm(points - one, axis=1) for one in chosen], axis=0)
            if apart.max() < 1.5 * depth.max():
                break
            chosen.append(points[apart.argmax()])
        radius_um = max(float(depth.max()), 1.0) * min(self.size)
        path = [self.near(point) for point in in_order(chosen)]
        over = frozenset([Material(wrong.was)])
        window = self.window(wrong.should) if Material.AIR in (wrong.was, wrong.should) else None
        change = ball_stroke(path, radius_um, self.said(wrong.should), self.data.shape, self.size)
        return change, "stroke", EditPolicy(over=over, window=window)

    def window(self, code: int) -> tuple[float, float] | None:
        """Voxel values such as those of a class, as the dock offers them."""
        own = self.data == code
        if np.count_nonzero(own) < 100:
            return None
        low, high = np.quantile(np.asarray(self.volume.data)[own], (0.02, 0.98))
        return float(low), float(high)

    def draw(self) -> None:
        """Draw the largest crystal's outline in some slices, and fill between them; labels mostly wrong go first."""
        labelled = self.data == Material.CRYSTAL
        if labelled.any() and np.mean(self.truth[labelled] == Material.CRYSTAL) < 0.5:
            change = merge_classes(self.data, Material.CRYSTAL, self.said(Material.LIQUOR))
            if change is not None:
                self.make(change, "merge")
        parts, _ = label(self.truth == Material.CRYSTAL, np.ones((3, 3, 3)))
        crystal = parts == 1 + np.bincount(parts.reshape(-1))[1:].argmax()
        planes = np.flatnonzero(crystal.any(axis=(1, 2)))
        drawn: list[int] = []
        for share in OUTLINES:
            z = int(planes[round(share * (len(planes) - 1))])
            change = self.outlined(crystal, z)
            if change is not None and z not in drawn:
                self.make(change, "outline")
                drawn.append(z)
        for one, other in pairwise(drawn):
            change = interpolate_slices(self.data, 0, one, other, self.size, Material.CRYSTAL)
            if change is not None:
                self.make(change, "between")

    def outlined(self, crystal: np.ndarray, z: int) -> Change | None:
        """The largest outline of a crystal in a slice, drawn by corners."""
        from skimage.measure import approximate_polygon, find_contours, grid_points_in_poly

        contours = find_contours(np.pad(crystal[z], 1).astype(float), 0.5)
        if not contours:
            return None
        corners = approximate_polygon(max(contours, key=len) - 1, 1.0)[:-1]
        shaken = corners + self.rng.normal(0, JITTER_VOXELS, corners.shape)
        inside = np.zeros(self.data.shape, bool)
        inside[z] = grid_points_in_poly(self.truth[z].shape, shaken)
        return Change.of_mask(inside, self.said(Material.CRYSTAL))

    def near(self, at: np.ndarray) -> tuple[int, int, int]:
        """Where the hand really is."""
        moved = np.rint(np.asarray(at) + self.rng.normal(0, JITTER_VOXELS, 3)).astype(int)
        z, y, x = (int(n) for n in np.clip(moved, 0, np.array(self.data.shape) - 1))
        return z, y, x

    def slips(self) -> bool:
        """Whether this is the one action in twenty that goes wrong."""
        return bool(self.rng.random() < WRONG)

    def said(self, code: int) -> int:
        """The class, or a wrong one."""
        return int(self.rng.choice([c for c in range(4) if c != code])) if self.slips() else code

    def gain(self, change: Change, policy: EditPolicy = EVERYTHING) -> int:
        """By how many voxels more are right after a change."""
        allowed = policy.allowed(change, self.data, self.edited.values)
        truth, now = self.truth[change.box], self.data[change.box]
        return int(np.sum((change.labels == truth)[allowed])) - int(np.sum((now == truth)[allowed]))

    def try_out(self, change: Change | None, name: str, policy: EditPolicy = EVERYTHING) -> bool:
        """Look at a preview, and keep it where it mends more than it spoils."""
        better = change is not None and self.gain(change, policy) > 0
        if change is not None and better != self.slips():
            self.make(change, name, policy)
            self.refused_facets = 0 if name == "facet" else self.refused_facets
            return better
        self.actions.append(f"{name}, dropped")
        self.dropped[name] = len(self.actions)
        self.refused_facets = self.refused_facets + 1 if name == "facet" else self.refused_facets
        return False

    def make(self, change: Change, name: str, policy: EditPolicy = EVERYTHING) -> None:
        """Edit the labels; undo at once what turns out to spoil much of the crystal."""
        lost = -self.gain(change, policy)
        self.edited.apply_edit(change, policy=policy, name=name)
        self.actions.append(name)
        if lost > LUMP * np.count_nonzero(self.truth == Material.CRYSTAL) and self.left() > 0:
            self.edited.undo()
            self.actions.append("undo")


def in_order(points: list[np.ndarray]) -> list[np.ndarray]:
    """Each point after the one that is nearest to it."""
    path, left = [points[0]], list(points[1:])
    while left:
        nearest = int(np.argmin([np.linalg.norm(point - path[-1]) for point in left]))
        path.append(left.pop(nearest))
    return path
