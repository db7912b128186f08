Rails.application.routes.draw { root 'home#index' }
