diesel::table! { entries (id) { id -> Int4, } }
