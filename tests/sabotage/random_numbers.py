"""Faults in random numbers and in what keys them."""

from __future__ import annotations

from tests.sabotage.fault import Fault

RANDOM_NUMBERS = (
    Fault(
        "same-numbers-every-step",
        "the macro step is no part of the key",
        "engine/streams.py",
        "key, _ = block(root, np.uint64(step), np.uint64(purpose), 1)",
        "key, _ = block(root, np.uint64(0), np.uint64(purpose), 1)",
        ("tests/unit/test_philox_vectors.py::test_every_part_of_the_key_changes_the_number",),
    ),
    Fault(
        "sisters-draw-alike",
        "both daughters of a division get one lineage",
        "engine/streams.py",
        "np.uint64(mother), np.uint64(division), np.uint64(which))",
        "np.uint64(mother), np.uint64(division), np.uint64(0))",
        ("tests/unit/test_philox_vectors.py::test_lineage_hashes_are_distinct_through_ten_generations",),
    ),
    Fault(
        "share-turned-round",
        "a binomial number with p above one half counts the others",
        "engine/streams.py",
        "return n - binomial_low(key, identity, counter, n, 1.0 - p, log_miss)",
        "return binomial_low(key, identity, counter, n, 1.0 - p, log_miss)",
        ("tests/twins/test_streams_twin.py::test_binomial",),
    ),
    Fault(
        "place-in-the-batch",
        "draws depend on the row of the site and not on its key",
        "engine/motility.py",
        "key = stream_key(sites.key[s, 0], sites.key[s, 1], sites.step, MOTILITY)",
        "key = stream_key(sites.key[s, 0], np.uint64(s), sites.step, MOTILITY)",
        ("tests/laws/test_mechanics_laws.py::test_bits_do_not_depend_on_threads_batch_or_order_of_input",),
    ),
    Fault(
        "order-of-input",
        "cells in one voxel keep the order in which they came",
        "engine/order.py",
        "np.lexsort((identity, code, site))",
        "np.lexsort((code, site))",
        ("tests/laws/test_mechanics_laws.py::test_canonical_order_joins_arrays_in_any_order",),
    ),
    Fault(
        "newcomers-by-voxel-alone",
        "cells that join stand in a voxel before all that are there",
        "engine/order.py",
        "before = (here < there) | ((here == there) & before)",
        "before = here < there",
        ("tests/unit/test_canonical_order.py::test_those_who_join_stand_where_a_sort_puts_them",),
    ),
    Fault(
        "stale-cache",
        "machine code is kept under the hash of its own module alone",
        "engine/sources.py",
        "            waiting.extend(further)\n",
        "            waiting.extend(there for there in further if there[0] == place[0])\n",
        ("tests/unit/test_kernel_cache.py::test_an_edit_in_a_module_a_kernel_calls_compiles_it_anew",),
    ),
    Fault(
        "one-term-further",
        "the ratio of two probabilities starts from the wrong neighbour",
        "engine/streams.py",
        "out *= (n - low - j) / (low + j + 1.0) * odds",
        "out *= (n - low - j) / (low + j + 2.0) * odds",
        (
            "tests/twins/test_streams_twin.py::test_binomials_of_many_identities[30000-0.004]",
            "tests/twins/test_streams_twin.py::test_neighbouring_terms_give_the_ratio_of_probabilities[25-0.45]",
        ),
    ),
)
