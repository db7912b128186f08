Rails.application.routes.draw do
  get "up" => "rails/health#show"
  root "home#index"
end
