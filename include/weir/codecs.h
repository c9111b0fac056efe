#pragma once

#include "weir/codec.h"
#include "weir/codecs/containers.h"
#include "weir/codecs/products.h"
#include "weir/codecs/scalars.h"

/// Codecs of the standard types, nested at will: bool and all integers, enumerations,
/// std::optional, pair, tuple, array, variant, vector, map, set, unordered_map and unordered_set of
/// anything that has a Codec, be it of your own. What cannot be read is explained with what is
/// wrong and the byte, counted from 0, where it is. The bytes are described in src/codec/README.md
/// and stay as they are.
