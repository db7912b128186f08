class Photo < ApplicationRecord
  has_one_attached :file do |a|
    a.variant :thumb, resize_to_limit: [200, 200]
  end
end
