class Photo
  def thumb(p)
    MiniMagick::Image.open(p).resize('100x100')
  end
end
