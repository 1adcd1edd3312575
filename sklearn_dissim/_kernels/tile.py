"""A tile of scores whose sums stay in vector registers, written for the compiler's back end.

Left to the compiler, a loop over features either keeps sixteen sums that have to be added up
across each register at its end, or stores its sums at every step. Here four queries meet as many
gallery items as fill a few registers; every feature of these items lies in one stretch of memory.
"""

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_FEATURES = llvm.get_host_cpu_features()
_WIDE, _HALF = (bool(_FEATURES.get(name)) for name in ("avx512f", "avx"))
_LANES = 16 if _WIDE else 8 if _HALF else 4
_REGISTERS = 2 if _HALF and not _WIDE else 4  # of gallery items: four times as many hold the sums

N_QUERIES = 4
WIDTH = _LANES * _REGISTERS
N_TURNED = _LANES

_FLOAT, _INT = ir.FloatType(), ir.IntType(32)
_VECTOR = ir.VectorType(_FLOAT, _LANES)


@intrinsic
def add_terms(typing_context, queries, items, weights, first, last, product, out):
    """Add to scores the terms of some features.

    Parameters
    ----------
    queries : ndarray of float32, shape (N_QUERIES, n_features), contiguous
    items : ndarray of float32, shape (n_features, WIDTH), contiguous
    weights : ndarray of float32, shape (n_features,)
    first, last : int
        Features: at least one.
    product : None or True
        None adds ``weight * max(query, item)``, else ``query * item``.
    out : ndarray of float32, shape (N_QUERIES, WIDTH), contiguous rows
    """
    signature = types.void(queries, items, weights, first, last, product, out)
    term = _weighted_maximum if product == types.none else _product

    def generate(context, builder, signature, values):
        queries, items, weights, out = (
            context.make_array(signature.args[i])(context, builder, values[i]) for i in (0, 1, 2, 6)
        )
        features = [context.cast(builder, values[i], signature.args[i], types.intp) for i in (3, 4)]
        _generate(builder, queries, items, weights, out, features, term)
        return context.get_dummy_value()

    return signature, generate


def _generate(builder, queries, items, weights, out, features, term):
    first, last = features
    before, loop = builder.block, builder.append_basic_block("features")
    builder.branch(loop)
    builder.position_at_end(loop)
    feature = builder.phi(first.type)
    feature.add_incoming(first, before)
    sums = [builder.phi(_VECTOR) for _ in range(N_QUERIES * _REGISTERS)]
    for total in sums:
        total.add_incoming(ir.Constant(_VECTOR, None), before)

    n_features = cgutils.unpack_tuple(builder, queries.shape)[1]
    start = builder.mul(feature, ir.Constant(first.type, WIDTH))
    row = []
    for _ in range(_REGISTERS):
        row.append(_vector_at(builder, items.data, start))
        start = builder.add(start, ir.Constant(start.type, _LANES))
    weight = _broadcast(builder, weights.data, feature)
    added, place = [], feature
    for i in range(N_QUERIES):
        query = _broadcast(builder, queries.data, place)
        place = builder.add(place, n_features)
        for r in range(_REGISTERS):
            term_of_one = term(builder, weight, query, row[r])
            added.append(builder.fadd(sums[i * _REGISTERS + r], term_of_one))

    following = builder.add(feature, ir.Constant(first.type, 1))
    feature.add_incoming(following, loop)
    for total, with_term in zip(sums, added, strict=True):
        total.add_incoming(with_term, loop)
    done = builder.append_basic_block("added")
    builder.cbranch(builder.icmp_signed("<", following, last), loop, done)
    builder.position_at_end(done)
    _add_to(builder, out, added)


def _add_to(builder, out, sums):
    row_size = cgutils.unpack_tuple(builder, out.strides)[0]
    row = builder.ptrtoint(out.data, row_size.type)
    for i in range(N_QUERIES):
        for r in range(_REGISTERS):
            pointer = builder.inttoptr(row, _VECTOR.as_pointer())
            pointer = builder.gep(pointer, [ir.Constant(_INT, r)])
            before = builder.load(pointer, align=4)
            builder.store(builder.fadd(before, sums[i * _REGISTERS + r]), pointer, align=4)
        row = builder.add(row, row_size)


@intrinsic
def turn(typing_context, rows, first_row, center, start, tile, first_item):
    """Put some features of some rows, less their centre, into a tile: N_TURNED of each.

    Parameters
    ----------
    rows : ndarray of float32 or float64, shape (n_rows, n_features), contiguous
    first_row : int
    center : ndarray of float32, shape (n_features,)
    start : int
        The first feature.
    tile : ndarray of float32, shape (n_features, WIDTH), contiguous
    first_item : int
        Where in the tile.
    """
    signature = types.void(rows, first_row, center, start, tile, first_item)

    def generate(context, builder, signature, values):
        rows, center, tile = (
            context.make_array(signature.args[i])(context, builder, values[i]) for i in (0, 2, 4)
        )
        first_row, start, first_item = (
            context.cast(builder, values[i], signature.args[i], types.intp) for i in (1, 3, 5)
        )
        n_features = cgutils.unpack_tuple(builder, rows.shape)[1]
        middle = _vector_at(builder, center.data, start)
        place = builder.add(builder.mul(first_row, n_features), start)
        vectors = []
        for _ in range(N_TURNED):
            vectors.append(_less(builder, _vector_at(builder, rows.data, place), middle))
            place = builder.add(place, n_features)
        width = ir.Constant(start.type, WIDTH)
        place = builder.add(builder.mul(start, width), first_item)
        for vector in _transposed(builder, vectors):
            pointer = builder.bitcast(builder.gep(tile.data, [place]), _VECTOR.as_pointer())
            builder.store(vector, pointer, align=4)
            place = builder.add(place, width)
        return context.get_dummy_value()

    return signature, generate


def _less(builder, vector, middle):
    if vector.type == _VECTOR:
        return builder.fsub(vector, middle)
    return builder.fptrunc(builder.fsub(vector, builder.fpext(middle, vector.type)), _VECTOR)


def _transposed(builder, vectors):
    # Two by two, squares of half the size off the diagonal change places.
    half = _LANES // 2
    while half:
        swapped = list(vectors)
        for i in range(_LANES):
            if not i & half:
                above, below = vectors[i], vectors[i + half]
                upper = [_LANES + lane - half if lane & half else lane for lane in range(_LANES)]
                lower = [_LANES + lane if lane & half else lane + half for lane in range(_LANES)]
                swapped[i] = _shuffled(builder, above, below, upper)
                swapped[i + half] = _shuffled(builder, above, below, lower)
        vectors, half = swapped, half // 2
    return vectors


def _shuffled(builder, above, below, lanes):
    return builder.shuffle_vector(above, below, ir.Constant(ir.VectorType(_INT, _LANES), lanes))


def _vector_at(builder, data, place):
    pointer = builder.gep(data, [place])
    vector = ir.VectorType(pointer.type.pointee, _LANES)
    return builder.load(builder.bitcast(pointer, vector.as_pointer()), align=4)


def _weighted_maximum(builder, weight, query, item):
    larger = builder.fcmp_ordered(">", query, item)
    return builder.fmul(weight, builder.select(larger, query, item))


def _product(builder, weight, query, item):
    return builder.fmul(query, item)


def in_all_lanes(builder, value, vector):
    """A vector of a type, each of whose elements is this value."""
    undefined = ir.Constant(vector, ir.Undefined)
    single = builder.insert_element(undefined, value, ir.Constant(_INT, 0))
    lanes = ir.Constant(ir.VectorType(_INT, vector.count), None)
    return builder.shuffle_vector(single, undefined, lanes)


def _broadcast(builder, data, place):
    return in_all_lanes(builder, builder.load(builder.gep(data, [place])), _VECTOR)
