using Microsoft.EntityFrameworkCore;
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddDbContext<ShopDb>(o => o.UseNpgsql(builder.Configuration.GetConnectionString("Shop")));
var app = builder.Build();
app.MapGet("/", () => "shop");
app.Run();
public class ShopDb : DbContext { public ShopDb(DbContextOptions<ShopDb> o) : base(o) {} public DbSet<Item> Items => Set<Item>(); }
public class Item { public int Id { get; set; } }
