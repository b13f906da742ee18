import threading
from io import StringIO

import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from geo import routing
from geo.errors import Conflict, InvalidInput, NotThere
from geo.models import Area, BoundaryGeneration, Place
from geo.selectors.codes import code_problems
from geo.selectors.locate import locate_pin
from geo.services import areas as area_services
from geo.services.generations import AreaInput, generation_activate, generation_discard, generation_stage
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(db):
    return build_place()


def inputs(place, shift=0.0):
    """Return the areas of the place's generation as they would be staged, moved east by some degrees."""
    found = []
    for area in place.areas.values():
        if area.level in ("building", "unit"):
            continue
        west, south, east, north = area.geometry.extent
        found.append(
            AreaInput(
                level=area.level,
                code=area.code,
                name=area.name,
                geometry=shapely.box(west + shift, south, east + shift, north),
                parent=area.parent.code if area.parent else None,
                enclosure=area.enclosure,
            )
        )
    return found


def stage(place, name="2026-2", areas=None):
    return generation_stage(place_id=place.place.pk, name=name, areas=areas or inputs(place, 0.00134))


def test_a_staged_generation_routes_nothing_until_it_is_activated(place):
    at = place.point("g1")
    staged = stage(place)
    assert staged.state == "staged"
    assert locate_pin(*at).snapshot.generation == "2026-1"
    generation_activate(place_id=place.place.pk, name="2026-2")
    answer = locate_pin(*place.point("g2"))
    assert (answer.snapshot.generation, answer.area.code) == ("2026-2", place.code("g1"))
    states = dict(BoundaryGeneration.objects.values_list("name", "state"))
    assert states == {"2026-1": "retired", "2026-2": "active"}
    stored = BoundaryGeneration.objects.get(name="2026-1")
    assert stored.retired_at is not None
    extent = Place.objects.get(pk=place.place.pk).outline.extent
    west, _south = place.point("g1", 0, 0)
    assert extent[0] == pytest.approx(west + 0.00134, abs=1e-9)


def test_posts_stay_with_their_codes(place):
    stage(place)
    generation_activate(place_id=place.place.pk, name="2026-2")
    leaders = locate_pin(*place.point("g2")).responsible.leaders
    assert place.grid_leader.pk in [leader.holder.user_id for leader in leaders]


def test_going_back_to_a_retired_generation(place):
    stage(place)
    generation_activate(place_id=place.place.pk, name="2026-2")
    generation_activate(place_id=place.place.pk, name="2026-1")
    assert locate_pin(*place.point("g1")).area.code == place.code("g1")
    assert BoundaryGeneration.objects.get(name="2026-1").retired_at is None


def test_paths_run_from_the_widest_area_down(place):
    staged = stage(place)
    grid = staged.areas.get(code=place.code("g1"))
    assert grid.path == "/" + "/".join(place.code(s) for s in ("s1", "c1", "b1", "g1")) + "/"
    assert grid.parent.code == place.code("b1")


def test_the_order_of_the_areas_does_not_matter(place):
    staged = stage(place, areas=list(reversed(inputs(place))))
    assert staged.areas.count() == 15
    assert staged.areas.get(code=place.code("g8")).parent.code == place.code("b4")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"level": "county"}, "level"),
        ({"level": "district"}, "level"),
        ({"code": ""}, "code"),
        ({"code": "a/b"}, "code"),
        ({"code": "x" * 41}, "code"),
        ({"code": "a b"}, "code"),
        ({"code": "370105001001002"}, "code"),
        ({"parent": "nowhere"}, "parent"),
        ({"enclosure": "half"}, "enclosure"),
        ({"geometry": shapely.Point(116.97, 36.69)}, "geometry"),
        ({"geometry": shapely.Polygon()}, "geometry"),
        ({"geometry": shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])}, "geometry"),
        ({"geometry": shapely.box(500000, 4000000, 500100, 4000100)}, "geometry"),
        ({"geometry": None}, "geometry"),
    ],
)
def test_areas_that_cannot_be_staged(place, change, field):
    from dataclasses import replace

    areas = inputs(place)
    position = next(i for i, area in enumerate(areas) if area.code == place.code("g1"))
    areas[position] = replace(areas[position], **change)
    with pytest.raises(InvalidInput) as caught:
        stage(place, areas=areas)
    assert caught.value.field == field
    assert not BoundaryGeneration.objects.filter(name="2026-2").exists()


def test_a_parent_of_the_own_level_is_none(place):
    areas = [area for area in inputs(place) if area.level == "grid"]
    areas = [AreaInput("grid", a.code, a.name, a.geometry, parent=areas[0].code) for a in areas[1:]]
    with pytest.raises(InvalidInput) as caught:
        stage(place, areas=areas)
    assert caught.value.field == "parent"


def test_names_of_generations_are_unique(place):
    with pytest.raises(Conflict):
        stage(place, name="2026-1")


def test_what_cannot_be_activated(place):
    with pytest.raises(NotThere) as caught:
        generation_activate(place_id=place.place.pk, name="2030")
    assert caught.value.accepted == ["2026-1"]
    with pytest.raises(Conflict):
        generation_activate(place_id=place.place.pk, name="2026-1")
    empty = BoundaryGeneration.objects.create(place=place.place, name="empty")
    with pytest.raises(InvalidInput, match="at least one area"):
        generation_activate(place_id=place.place.pk, name=empty.name)
    assert BoundaryGeneration.objects.get(name="2026-1").state == "active"


def test_codes_against_the_scheme_are_not_activated(place):
    from dataclasses import replace

    areas = inputs(place)
    areas = [replace(area, code="G-7") if area.code == place.code("g1") else area for area in areas]
    stage(place, areas=areas)
    with pytest.raises(Conflict, match="G-7"):
        generation_activate(place_id=place.place.pk, name="2026-2")


def test_the_database_has_the_last_word_on_one_active_generation(place):
    with pytest.raises(IntegrityError), transaction.atomic():
        BoundaryGeneration.objects.create(place=place.place, name="x", state="active")


def test_only_a_staged_generation_is_discarded(place):
    with pytest.raises(Conflict):
        generation_discard(generation_id=place.generation.pk)
    staged = stage(place)
    generation_discard(generation_id=staged.pk)
    assert not Area.objects.filter(generation_id=staged.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_two_activations_at_once_leave_one_active():
    place = build_place()
    names = ["2026-2", "2026-3"]
    for name in names:
        stage(place, name=name)
    barrier, outcomes = threading.Barrier(2), {}

    def activate(name):
        barrier.wait()
        try:
            generation_activate(place_id=place.place.pk, name=name)
            outcomes[name] = "done"
        except Conflict:
            outcomes[name] = "conflict"
        finally:
            connection.close()

    threads = [threading.Thread(target=activate, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    active = list(BoundaryGeneration.objects.filter(state="active").values_list("name", flat=True))
    assert len(active) == 1
    assert "done" in outcomes.values()
    assert outcomes[active[0]] == "done"
    assert BoundaryGeneration.objects.filter(state="retired").count() >= 1


def test_the_same_staged_rows_edited_and_activated_again_are_read_again(place):
    """A process that keeps a generation notices when it is another time activated."""
    stage(place)
    generation_activate(place_id=place.place.pk, name="2026-2")
    first = routing.snapshot_of(place.place.pk)
    BoundaryGeneration.objects.filter(name="2026-2").update(state="staged", activated_at=None)
    generation_activate(place_id=place.place.pk, name="2026-2")
    assert routing.snapshot_of(place.place.pk).index is not first.index


# Single areas


def box(west, south, east, north):
    return MultiPolygon(Polygon.from_bbox((west, south, east, north)), srid=4326)


def test_boundaries_of_an_active_generation_are_not_edited(place):
    grid = place.areas["g1"]
    for changes in (
        {"geometry": box(0, 0, 1, 1)},
        {"code": "370105001001009"},
        {"parent": place.areas["b2"]},
    ):
        with pytest.raises(Conflict):
            area_services.area_update(area_id=grid.pk, changes=changes)
    with pytest.raises(Conflict):
        area_services.area_remove(area_id=grid.pk)
    with pytest.raises(Conflict):
        area_services.area_create(
            generation_id=place.generation.pk,
            level="grid",
            code="370105001001009",
            name="x",
            geometry=box(0, 0, 1, 1),
        )


def test_a_name_of_an_active_area_is_seen_at_once(place):
    before = routing.snapshot_of(place.place.pk)
    area_services.area_update(
        area_id=place.areas["b1"].pk, changes={"name": "翡翠新郡", "aliases": ["翡翠郡"]}
    )
    after = routing.snapshot_of(place.place.pk)
    assert after.by_code[place.code("b1")].name == "翡翠新郡"
    assert after.index is before.index


def test_a_staged_area_moves_with_everything_below_it(place):
    staged = stage(place)
    block = staged.areas.get(code=place.code("b1"))
    other = staged.areas.get(code=place.code("c2"))
    area_services.area_update(area_id=block.pk, changes={"parent": other})
    grid = staged.areas.get(code=place.code("g1"))
    assert grid.path == "/" + "/".join(place.code(s) for s in ("s1", "c2", "b1", "g1")) + "/"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code": "370105001001002"}, Conflict),
        ({"code": "a/b"}, InvalidInput),
        ({"level": "district"}, InvalidInput),
        ({"geometry": box(0, 0, 0, 0)}, InvalidInput),
        ({"enclosure": "half"}, Exception),
        ({"nonsense": 1}, InvalidInput),
    ],
)
def test_staged_areas_that_cannot_be(place, changes, error):
    grid = stage(place).areas.get(code=place.code("g1"))
    with pytest.raises(error):
        area_services.area_update(area_id=grid.pk, changes=changes)


def test_a_parent_of_another_generation_is_refused(place):
    grid = stage(place).areas.get(code=place.code("g1"))
    with pytest.raises(InvalidInput) as caught:
        area_services.area_update(area_id=grid.pk, changes={"parent": place.areas["b2"]})
    assert caught.value.field == "parent"


# Codes


def mixed_up(place):
    """Stage the grids of both communities with codes that cannot stand, two of them swapped."""
    from dataclasses import replace

    codes = {
        place.code("g1"): place.code("g2"),
        place.code("g2"): place.code("g1"),
        place.code("g5"): "G-5",
        place.code("g6"): "370105001001777",
    }
    areas = [replace(area, code=codes.get(area.code, area.code)) for area in inputs(place)]
    return stage(place, areas=areas)


def test_codes_are_checked(place):
    assert code_problems(place.generation) == []
    found = {finding.code: finding.problem for finding in code_problems(mixed_up(place))}
    assert found == {"G-5": "malformed", "370105001001777": "other_community"}


def test_codes_that_cannot_stand_are_numbered_anew(place):
    staged = mixed_up(place)
    renamed = area_services.grid_codes_make(generation_id=staged.pk)
    assert renamed == {
        place.code("c2"): [("370105001001777", place.code("g6")), ("G-5", place.code("g5"))],
    }
    assert code_problems(staged) == []
    grid = staged.areas.get(code=place.code("g5"))
    assert grid.path.endswith(f"/{place.code('g5')}/")
    # The swapped ones can stand: they keep their numbers.
    west, south, _east, _north = staged.areas.get(code=place.code("g2")).geometry.extent
    assert (west, south) == pytest.approx(place.point("g1", 0, 0))


def test_all_codes_are_numbered_from_west_to_east(place):
    staged = mixed_up(place)
    area_services.grid_codes_make(generation_id=staged.pk, everything=True)
    for number in range(1, 9):
        west, _south, _east, _north = staged.areas.get(code=place.code(f"g{number}")).geometry.extent
        assert west == pytest.approx(place.point(f"g{number}", 0, 0)[0])


def test_codes_of_an_active_generation_stay(place):
    with pytest.raises(Conflict):
        area_services.grid_codes_make(generation_id=place.generation.pk)


def run(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_commands_check_and_make_codes(place):
    import json

    assert "0 problems" in run("check_codes", "--place", "wuyingshan")
    mixed_up(place)
    out = StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("check_codes", "--place", "wuyingshan", "--generation", "2026-2", "--json", stdout=out)
    assert caught.value.code == 1
    report = json.loads(out.getvalue())
    assert (report["checked"], len(report["problems"])) == (8, 2)
    dry = run("make_codes", "--place", "wuyingshan", "--generation", "2026-2")
    assert "G-5 → " in dry
    assert Area.objects.filter(code="G-5").exists()
    report = json.loads(
        run("make_codes", "--place", "wuyingshan", "--generation", "2026-2", "--commit", "--json")
    )
    assert (report["changed"], report["committed"]) == (2, True)
    assert not Area.objects.filter(code="G-5").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("check_codes", "--place", "nowhere"),
        ("check_codes", "--place", "wuyingshan", "--generation", "2030"),
        ("make_codes", "--place", "wuyingshan", "--generation", "2026-1", "--commit"),
    ],
)
def test_commands_say_what_is_wrong(place, arguments):
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert "2026-1" in str(caught.value) or "wuyingshan" in str(caught.value)
