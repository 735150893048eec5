// The products of four rows with four columns: each row of the tile is a column of the matrix type.
fn outer(x: vec4f, y: vec4f) -> mat4x4f { return mat4x4f(x.x * y, x.y * y, x.z * y, x.w * y); }
