"""The same acts on every store are seen to have the same effects, and the journal alone gives the same state again."""

from hypothesis import given, settings

from tests.properties.world import ACTS, KINDS, World


@settings(max_examples=60)
@given(acts=ACTS)
def test_the_same_acts_have_the_same_effects(open_store, acts):
    one, other = World(open_store("sqlite")), World(open_store("inmemory"))
    for act in acts:
        assert one.play(act) == other.play(act)
    assert one.seen() == other.seen()


@settings(max_examples=40)
@given(kind=KINDS, acts=ACTS)
def test_a_rebuild_gives_the_same_state(open_store, kind, acts):
    world = World(open_store(kind))
    for act in acts:
        world.play(act)
    before = world.seen()
    report = world.service._engine.store.rebuild(world.service._project)
    assert report["equal"], report["differing"]
    assert world.seen() == before
