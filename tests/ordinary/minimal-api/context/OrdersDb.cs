using Microsoft.EntityFrameworkCore;
namespace OrdersApi;
public class Order { public int Id { get; set; } public string Customer { get; set; } = ""; public DateTimeOffset Placed { get; set; } }
public class OrdersDb(DbContextOptions<OrdersDb> options) : DbContext(options) { public DbSet<Order> Orders => Set<Order>(); }
