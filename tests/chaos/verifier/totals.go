package main

import (
	"fmt"
	"strconv"
	"strings"
)

// parseTotal reads a record of the compacted topic with accumulators: the key is INSTANCE/NAME, where the instance
// may have a slash and the name has none, the value a number as text, which counts from the instance's beginning.
func parseTotal(key, value []byte) (total, error) {
	at := strings.LastIndexByte(string(key), '/')
	number, err := strconv.ParseInt(string(value), 10, 64)
	if at < 0 || err != nil {
		return total{}, fmt.Errorf("'%s' = '%s' is no accumulator", key, value)
	}
	return total{string(key[:at]), string(key[at+1:]), number}, nil
}
