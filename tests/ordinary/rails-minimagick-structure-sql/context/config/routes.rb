Rails.application.routes.draw { post "/avatars" => "avatars#create" }
