// One invocation to four queries or four keys: for software adapters, which pay for every barrier and for every load. Four
// values at a time serve sixteen products. Past the edge the last token repeats.

const FOUR = vec4u(0u, 1u, 2u, 3u);

fn four_queries(first: u32) -> vec4u { return min(first + FOUR, vec4u(params.queries - 1u)); }

fn four_keys(first: u32) -> vec4u { return min(first + FOUR, vec4u(params.keys - 1u)); }

fn four_of_query(at: vec4u) -> vec4f { return vec4f(query[at.x], query[at.y], query[at.z], query[at.w]); }

fn four_of_key(at: vec4u) -> vec4f { return vec4f(key[at.x], key[at.y], key[at.z], key[at.w]); }

fn four_of_value(at: vec4u) -> vec4f { return vec4f(value[at.x], value[at.y], value[at.z], value[at.w]); }
