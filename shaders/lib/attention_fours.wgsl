// For software adapters, which pay for every barrier and for every load: an invocation has eight queries or eight keys of its
// own, whose values it keeps, and takes the others four at a time, so that a load serves eight products. Past the edge the
// last token repeats.

const OWN = 8u;
const FOUR = vec4u(0u, 1u, 2u, 3u);

fn tokens_of_queries(first: u32) -> vec4u { return min(first + FOUR, vec4u(params.queries - 1u)); }

fn tokens_of_keys(first: u32) -> vec4u { return min(first + FOUR, vec4u(params.keys - 1u)); }

// Where four tokens begin in each operand.

fn query_starts(at: Head, first: u32) -> vec4u { return at.query + tokens_of_queries(first) * params.query_token; }

fn key_starts(at: Head, first: u32) -> vec4u { return at.key + tokens_of_keys(first) * params.key_token; }

fn value_starts(at: Head, first: u32) -> vec4u { return at.value + tokens_of_keys(first) * params.value_token; }

// A feature of four tokens.

fn four_of_query(starts: vec4u, feature: u32) -> vec4f {
  let i = starts + feature * params.query_feature;
  return vec4f(query[i.x], query[i.y], query[i.z], query[i.w]);
}

fn four_of_key(starts: vec4u, feature: u32) -> vec4f {
  let i = starts + feature * params.key_feature;
  return vec4f(key[i.x], key[i.y], key[i.z], key[i.w]);
}

fn four_of_value(starts: vec4u, feature: u32) -> vec4f {
  let i = starts + feature * params.value_feature;
  return vec4f(value[i.x], value[i.y], value[i.z], value[i.w]);
}
