diesel::table! { items (id) { id -> Int4, name -> Text, } }
