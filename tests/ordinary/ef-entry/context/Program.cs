using Microsoft.EntityFrameworkCore;
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddDbContext<BlogDb>(o => o.UseSqlServer(builder.Configuration.GetConnectionString("Blog")));
var app = builder.Build();
app.MapGet("/", async (BlogDb db) => await db.Posts.ToListAsync());
app.Run();
public class Post { public int Id { get; set; } public string Title { get; set; } = ""; }
public class BlogDb(DbContextOptions<BlogDb> o) : DbContext(o) { public DbSet<Post> Posts => Set<Post>(); }
