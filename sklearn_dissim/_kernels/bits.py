"""Which of 64 scores reach a limit, in a few instructions."""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from sklearn_dissim._kernels.tile import in_all_lanes

N_BITS = 64
_LANES = 16  # of a vector; the back end takes as many registers as it needs


@intrinsic
def reaching(typing_context, scores, start, limit):
    """Bits of the scores that are at least a limit.

    Parameters
    ----------
    scores : 1d array, contiguous
        Of which N_BITS are looked at.
    start : int
    limit : float
        Of the array's type.

    Returns
    -------
    uint64
        The lowest bit for the score at start.
    """
    signature = types.uint64(scores, start, limit)

    def generate(context, builder, signature, values):
        array = context.make_array(signature.args[0])(context, builder, values[0])
        start = context.cast(builder, values[1], signature.args[1], types.intp)
        vector = ir.VectorType(values[2].type, _LANES)
        limit = in_all_lanes(builder, values[2], vector)
        first = builder.bitcast(builder.gep(array.data, [start]), vector.as_pointer())
        bits = ir.Constant(ir.IntType(N_BITS), 0)
        for i in range(N_BITS // _LANES):
            some = builder.load(cgutils.gep(builder, first, i), align=4)
            reach = builder.bitcast(builder.fcmp_ordered(">=", some, limit), ir.IntType(_LANES))
            shift = ir.Constant(bits.type, i * _LANES)
            bits = builder.or_(bits, builder.shl(builder.zext(reach, bits.type), shift))
        return bits

    return signature, generate


@intrinsic
def n_set(typing_context, bits):
    """How many bits are set."""
    signature = types.intp(types.uint64)

    def generate(context, builder, signature, values):
        return builder.ctpop(values[0])

    return signature, generate


@intrinsic
def lowest(typing_context, bits):
    """The number of the lowest bit that is set; some is."""
    signature = types.intp(types.uint64)

    def generate(context, builder, signature, values):
        return builder.cttz(values[0], ir.Constant(ir.IntType(1), 1))

    return signature, generate
